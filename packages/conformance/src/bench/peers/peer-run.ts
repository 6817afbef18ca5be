/** What a peer's rollout cost. */
export interface PeerRun {
  readonly hosts: number;
  readonly cpuUs: number;
  readonly wallMs: number;
}
