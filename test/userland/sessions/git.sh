# A repository's life: commits, branches, a merge with a conflict, history, packing, clones.
exec 2>&1
export HOME=/tmp/home GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.org GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.org
export GIT_AUTHOR_DATE='2020-01-02T03:04:05Z' GIT_COMMITTER_DATE='2020-01-02T03:04:05Z' GIT_PAGER=cat
mkdir -p $HOME && cd $HOME; git config --global init.defaultBranch main; git config --global advice.detachedHead false; git config --global pack.threads 1
git init -q repo && cd repo
for n in 1 2 3 4 5; do seq $n 40 > file$n; mkdir -p dir$n; echo "in $n" > dir$n/a; done; ln -s file1 link; chmod +x file2
git add . && git commit -qm first && git log --oneline --stat | tail -n 3
git rev-parse HEAD; git ls-tree -r HEAD | head -n 4; git cat-file -p HEAD | head -n 2; git status -s
sed -i 's/^20$/twenty/' file1; git mv file5 renamed; rm file4; git add -A; git status -s; git diff --cached --stat -M; git commit -qm second; git show --format=%s HEAD -- file1 | tail -n 8
git checkout -q -b topic HEAD~; sed -i 's/^20$/zwanzig/' file1; echo new > topic; git add .; git commit -qm topic; git checkout -q main; git merge topic -m merged; git diff --name-only --diff-filter=U; sed -n '/^<<</,/^>>>/p' file1; git checkout --theirs file1; git add file1; git commit -qm merged
git log --graph --oneline; git log --format='%h %an %s' --follow renamed; git blame -s file1 | sed -n 19,21p; git shortlog -sn HEAD; git describe --always; git tag -a v1 -m one; git describe
git stash list; echo dirty >> file2; git stash -q; git status -s; git stash pop -q; git diff --shortstat; git reset -q --hard; git branch -v; git reflog | head -n 3; git grep -n twenty; git grep -c 4 -- 'file*'
git gc -q; find .git/objects -name '*.pack' | wc -l; git count-objects -v | grep -v size; git fsck --full; git verify-pack -v .git/objects/pack/*.idx | grep -c blob; git repack -adfq; git prune
git clone -q . ../clone; cd ../clone; git log -1 --format=%H; git rebase -q HEAD~1 2>&1 | head -n 1; echo more > more; git add more; git commit -qm more; git format-patch -q -1; cat 0001-more.patch | grep -v '^[0-9]' | head -n 12; git bundle create -q all.bundle --all; git bundle verify -q all.bundle && echo bundle; git archive HEAD | sha1sum; git worktree add -q ../tree HEAD; ls ../tree | wc -l; git cherry -v origin/main; git bisect start -q HEAD HEAD~1 2>&1 | head -n 1; git push -q origin HEAD:pushed; git -C ../repo branch
