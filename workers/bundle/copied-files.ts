/** Every file that is not TypeScript and belongs to the program, by its path in the repository; the build copies it. */
export const copiedFiles: readonly string[] = [
  'activities/playbooks/callback/holdfast_events.py',
  'activities/sandbox/durable/supervisor.sh',
  'workers/provision/ansible/requirements.txt',
];
