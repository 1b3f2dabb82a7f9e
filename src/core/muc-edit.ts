/** Edits of the MUC configuration as data; the bridge makes them through Moodle's own writer on a staged copy. */

export type MucEdit =
  | {
      readonly edit: 'store';
      readonly action: 'add' | 'edit';
      readonly name: string;
      readonly plugin: string;
      /** The whole configuration array as Moodle keeps it. `{"$secret": "NAME"}` stands where a secret goes; `{"$keep": true}` keeps the value there is. */
      readonly configuration: Readonly<Record<string, unknown>>;
      readonly why: string;
    }
  | { readonly edit: 'remove-store'; readonly name: string; readonly why: string }
  | { readonly edit: 'mode'; readonly mode: 1 | 2 | 4; readonly store: string; readonly why: string }
  | {
      readonly edit: 'definition';
      readonly definition: string;
      /** Primary first; empty takes the mapping away. */
      readonly stores: readonly string[];
      readonly why: string;
    };

/** The edit as one line of a plan. */
export function describeEdit(edit: MucEdit): string {
  switch (edit.edit) {
    case 'store':
      return `${edit.action === 'add' ? 'Add' : 'Edit'} store "${edit.name}" (${edit.plugin})`;
    case 'remove-store':
      return `Remove store "${edit.name}"`;
    case 'mode':
      return `Map mode ${{ 1: 'application', 2: 'session', 4: 'request' }[edit.mode]} to "${edit.store}"`;
    case 'definition':
      return edit.stores.length === 0
        ? `Remove the mapping of ${edit.definition}`
        : `Map ${edit.definition} to ${edit.stores.map((s) => `"${s}"`).join(' over ')}`;
  }
}
