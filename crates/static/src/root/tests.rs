use std::fs;
use std::os::unix::fs::symlink;

use super::*;

fn tree() -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path().join("root");
    fs::create_dir_all(root.join("sub")).unwrap();
    fs::write(tree.path().join("secret"), "secret").unwrap();
    fs::write(root.join("a.txt"), "a").unwrap();
    fs::write(root.join("sub/b.txt"), "b").unwrap();
    symlink("a.txt", root.join("inside")).unwrap();
    symlink("sub", root.join("directory")).unwrap();
    symlink("../secret", root.join("outside")).unwrap();
    symlink(tree.path().join("secret"), root.join("absolute")).unwrap();
    symlink("..", root.join("up")).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, root.join("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0)
        .unwrap();
    tree
}

fn read(root: &Root, name: &str) -> Option<String> {
    let Entry::File(file, _) = root.entry(name).unwrap() else { return None };
    Some(std::io::read_to_string(file).unwrap())
}

fn both(tree: &tempfile::TempDir) -> [Root; 2] {
    let root = Root::open(tree.path().join("root"), false).unwrap();
    let mut steps = root.with_symlinks(false).unwrap();
    steps.beneath = Beneath::Steps;
    [root, steps]
}

#[test]
fn what_is_beneath_is_opened_and_nothing_else_either_way() {
    let tree = tree();
    for root in both(&tree) {
        assert_eq!(read(&root, "a.txt").as_deref(), Some("a"));
        assert_eq!(read(&root, "sub/b.txt").as_deref(), Some("b"));
        for nothing in
            ["c.txt", "a.txt/b", "inside", "directory/b.txt", "outside", "absolute", "up/secret", "pipe"]
        {
            assert!(matches!(root.entry(nothing).unwrap(), Entry::Nothing), "{nothing} {:?}", root.beneath);
        }
        for directory in ["", "sub", "sub/"] {
            assert!(matches!(root.entry(directory).unwrap(), Entry::Directory(_)), "{directory}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn links_that_stay_within_are_followed_when_asked_for() {
    let tree = tree();
    let root = Root::open(tree.path().join("root"), true).unwrap();
    assert_eq!(read(&root, "inside").as_deref(), Some("a"));
    assert_eq!(read(&root, "directory/b.txt").as_deref(), Some("b"));
    for nothing in ["outside", "absolute", "up/secret", "up"] {
        assert!(matches!(root.entry(nothing).unwrap(), Entry::Nothing), "{nothing}");
    }
}

#[test]
fn a_new_release_is_taken_up() {
    let tree = tempfile::tempdir().unwrap();
    for release in ["one", "two"] {
        fs::create_dir(tree.path().join(release)).unwrap();
        fs::write(tree.path().join(release).join("a"), release).unwrap();
    }
    let current = tree.path().join("current");
    symlink("one", &current).unwrap();
    let root = Root::open(current.clone(), false).unwrap();
    assert!(!root.refresh());
    assert_eq!(read(&root, "a").as_deref(), Some("one"));
    symlink("two", tree.path().join("next")).unwrap();
    fs::rename(tree.path().join("next"), &current).unwrap();
    assert!(root.refresh());
    assert_eq!(read(&root, "a").as_deref(), Some("two"));
    fs::remove_file(&current).unwrap();
    assert!(!root.refresh());
    assert_eq!(read(&root, "a").as_deref(), Some("two"));
}
