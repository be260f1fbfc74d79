import { withPlace } from '../../../../../activities/workspace/files/paths.ts';
import { replaceFile } from '../../../../../activities/workspace/files/replace-file.ts';

// Writes a file and stops for ever between the temporary file and the rename: started by a test, which then kills it.
const [root = '', path = '', content = '', before = ''] = process.argv.slice(2);
await withPlace(root, path, (place) =>
  replaceFile(place, {
    content: Buffer.from(content),
    before: before === '' ? null : before,
    owner: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    callId: 'call',
    pauseAt: () => {
      process.stdout.write('paused\n');
      return new Promise<void>(() => {
        setInterval(() => undefined, 1_000);
      });
    },
  }),
);
