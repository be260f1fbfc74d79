/** What people type for an approval or effect: its id without the tenant, which every command fills in. */
export function typedId(id: string): string {
  return id.replace(/^run\/[^/]+\//, '');
}
