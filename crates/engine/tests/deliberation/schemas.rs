//! docs/schemas/ holds the schemas that the engine sends, so that a mock elsewhere can answer them.
//! `OVERMIND_BLESS=1 cargo test -p engine` writes them anew.

use std::path::Path;

#[test]
fn committed_schemas_are_what_is_sent() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemas");
    let bless = std::env::var_os("OVERMIND_BLESS").is_some();
    let mut names = Vec::new();
    for schema in engine::schema::all() {
        let path = folder.join(format!("{}.json", schema.name));
        let text = format!(
            "{}\n",
            serde_json::to_string_pretty(schema.schema.as_ref()).unwrap()
        );
        if bless {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            committed, text,
            "docs/schemas/{}.json: run with OVERMIND_BLESS=1",
            schema.name
        );
        names.push(format!("{}.json", schema.name));
    }
    let mut there: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    names.sort();
    assert_eq!(there, names);
}
