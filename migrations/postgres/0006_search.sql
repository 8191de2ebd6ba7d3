-- Pinned conversations, and finding conversations by words in their titles and messages.
-- migrations/sqlite holds the same; only the index of words is each database's own.

alter table conversations add column pinned_at timestamptz;

-- Signs become spaces: otherwise an address or a number with signs in it would be one word.
-- A text as long as an answer may be has more words than an index takes.
create function search_text(content text) returns tsvector
language sql immutable strict parallel safe
return to_tsvector(
    'simple'::regconfig,
    translate(
        left(content, 100000),
        '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~‘’“”„‚«»‹›–—…·•',
        repeat(' ', 47)
    )
);

create index conversations_by_word on conversations using gin (search_text(title));
create index messages_by_word on messages using gin (search_text(content));
