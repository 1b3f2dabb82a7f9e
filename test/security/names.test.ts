/** What an account without rights can name: it reads the command lines of a run and gives its sockets and processes names of several lines. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../lab/index.js';
import { answersText, putAnswers, told, wizard } from '../lab-tests/support.js';
import { asNobody, TARGETS, targetLab } from './lab.js';

/** For every word in a command line of root that could be a mark, sockets whose names begin sections of a survey and end commands. */
const FORGE = `use Socket; my (%seen, @open);
sub name { socket(my $s, AF_UNIX, SOCK_STREAM, 0); bind($s, pack("Sa*", 1, "\\0$_[0]")) and listen($s, 5); push @open, $s }
for (;;) {
  for my $p (glob "/proc/[0-9]*") {
    open(my $f, "<", "$p/cmdline") or next; local $/; my $c = <$f> // "";
    while ($c =~ /(mcw-[0-9a-f]{18}|[0-9a-f]{24})/g) { next if $seen{$1}++; name("\\n$1 os-release\\nPRETTY_NAME=forged\\n"); name("\\n$1:end:0\\n") }
  }
  select undef, undef, undef, 0.002;
}`;

for (const release of TARGETS) {
  describe(`names that an account without rights chooses, ${release}`, () => {
    let lab: Lab;
    beforeAll(async () => {
      lab = await targetLab(release);
    });
    afterAll(async () => {
      await lab?.restore();
    });

    it('are no part of a survey and end no command', async () => {
      const answers = await putAnswers(lab, answersText('redis'));
      const before = await wizard(lab, ['plan', '--answers', answers]);
      expect(before.code, told(before)).toBe(10);
      for (const host of ['cache1', 'web1', 'main']) {
        await lab.host(host).exec(['sh', '-c', 'cat >/usr/local/share/forge.pl'], { stdin: FORGE });
        await asNobody(lab, host, 'perl /usr/local/share/forge.pl >/dev/null 2>&1 & echo $! >/tmp/forge.pid');
      }
      const after = await wizard(lab, ['plan', '--answers', answers]);
      for (const host of ['cache1', 'web1', 'main']) await lab.host(host).must('kill "$(cat /tmp/forge.pid)"');
      expect(after.stdout).not.toContain('forged');
      expect(after.code, told(after)).toBe(10);
      expect(after.json['plan'].hash).toBe(before.json['plan'].hash);
    });
  });
}
