-- Pinned conversations, and finding conversations by words in their titles and messages.
-- migrations/postgres holds the same; only the index of words is each database's own.

alter table conversations add column pinned_at text;

-- What is in the index of words, which knows numbers only: a title, or a message. Rows of
-- conversations and messages have no numbers that last.
create table search_entries (
    id integer primary key,
    conversation_id blob not null references conversations (id) on delete cascade,
    -- Null for the title. Messages go with their conversation.
    message_id blob
) strict;

create index search_entries_of_conversation on search_entries (conversation_id, message_id);

-- The words alone, not their texts. Letters count as they are written, as PostgreSQL has it.
create virtual table search_index using fts5(
    content, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0'
);

create trigger search_new_title after insert on conversations begin
    insert into search_entries (conversation_id) values (new.id);
    insert into search_index (rowid, content) values (last_insert_rowid(), new.title);
end;

create trigger search_other_title after update of title on conversations
when new.title is not old.title begin
    update search_index set content = new.title where rowid in (
        select id from search_entries where conversation_id = new.id and message_id is null
    );
end;

create trigger search_new_message after insert on messages begin
    insert into search_entries (conversation_id, message_id) values (new.conversation_id, new.id);
    insert into search_index (rowid, content) values (last_insert_rowid(), new.content);
end;

create trigger search_gone after delete on search_entries begin
    delete from search_index where rowid = old.id;
end;

insert into search_entries (conversation_id) select id from conversations;
insert into search_entries (conversation_id, message_id) select conversation_id, id from messages;
insert into search_index (rowid, content)
select entry.id, coalesce(message.content, conversation.title)
from search_entries entry
join conversations conversation on conversation.id = entry.conversation_id
left join messages message on message.id = entry.message_id;
