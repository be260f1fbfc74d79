import { Option } from 'commander';

/** Where the playbooks are. */
export function repositoryOption(): Option {
  return new Option('--repository <folder>', 'folder with the playbooks').default(
    '.',
    'the working folder',
  );
}
