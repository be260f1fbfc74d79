/** Whose decisions can be proved. */
export interface PeopleClient {
  /** Everybody whose decisions can be proved, by name. */
  readonly listPeople: () => Promise<readonly PersonView[]>;
  /** Registers a person or changes one; needs the role admin. */
  readonly putPerson: (person: PutPerson) => Promise<PersonView>;
  /** Takes a person out of the register; needs the role admin. */
  readonly removePerson: (name: string) => Promise<void>;
  /** The registered person of the user's own key; undefined when nobody is. */
  readonly whoAmI: () => Promise<PersonView | undefined>;
}

/** A registered person. */
export interface PersonView {
  readonly name: string;
  readonly roles: readonly string[];
  readonly keys: readonly { readonly keyId: string; readonly publicKey: string }[];
}

/** A person to register, or what changes: roles replace those there were, a key is added to them. */
export interface PutPerson {
  readonly name: string;
  readonly roles?: readonly string[];
  /** Ed25519 public key as `people whoami` shows it. */
  readonly publicKey?: string;
}
