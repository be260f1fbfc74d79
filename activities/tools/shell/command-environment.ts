/** Keeps what Python writes for itself out of the workspace, and so out of the diff that people read. */
export const commandEnvironment: Readonly<Record<string, string>> = {
  PYTHONPYCACHEPREFIX: '/tmp/pycache',
  PYTEST_ADDOPTS: '-o cache_dir=/tmp/pytest-cache',
};
