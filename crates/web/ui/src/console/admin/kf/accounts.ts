// An account at a platform, as the gateway lists it.

export interface Account {
  open_kfid: string;
  name: string;
  /** We may manage it. */
  manage_privilege: boolean;
  /** The entry point that stands for it; without one, its customers reach nobody here. */
  entry_point_id?: string;
}
