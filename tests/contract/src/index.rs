//! What every derived index does.

mod advances;
mod changes;
mod files;
mod filters;
mod help;
mod histories;
mod labels;
mod links;
mod model;
mod names;
mod partial;
mod renames;
mod spellings;
mod wikis;

crate::suite::suite! {
    $ index_contract in index of dyn portolan_ports::Index;
    cases {
        advances {
            a_missing_index_answers_as_an_empty_one,
            an_advance_moves_the_head,
            an_advance_from_another_head_changes_nothing,
            an_advance_sent_twice_changes_nothing,
            a_commit_that_is_there_already_is_refused,
            a_file_that_no_commit_made_is_refused,
            of_many_advances_exactly_one_wins,
            an_advance_without_commits_moves_the_head,
            a_reset_index_is_empty_and_begins_anew,
            every_answer_names_its_head,
        }
        files {
            files_are_listed_by_their_bytes,
            files_page_without_gaps,
            a_file_is_answered_with_all_it_has,
            the_first_path_that_is_a_file_is_answered,
            a_deleted_file_is_gone_and_may_come_back,
            a_changed_file_is_answered_as_it_is,
            the_last_commit_is_the_newest_of_the_history,
            a_file_that_was_changed_and_restored_has_a_new_last_commit,
            a_file_may_become_a_folder,
        }
        filters {
            files_are_filtered_by_kind,
            files_are_filtered_by_prefix,
            files_are_filtered_by_time,
            files_are_filtered_by_mode,
            filters_and_pages_work_together,
        }
        spellings {
            a_path_is_found_by_its_nfc,
            a_folder_is_found_by_its_nfc,
            lists_find_prefixes_in_nfc,
            links_find_names_in_nfc,
        }
        labels {
            pages_are_filtered_by_category,
            pages_are_filtered_by_tag,
            labels_work_with_other_filters_and_pages,
            a_page_s_labels_are_those_at_the_head,
        }
        links {
            a_page_s_links_are_answered_in_order,
            a_page_that_comes_or_goes_changes_others_links,
            links_to_a_page_are_found_however_they_are_written,
            links_to_files_and_to_what_is_not_there_are_found,
            links_are_those_at_the_head,
            many_links_to_a_page_are_cut,
            a_graph_has_pages_and_their_links,
            a_graph_around_a_page_follows_links_both_ways,
            a_graph_is_cut_at_its_limits,
            orphans_are_pages_that_no_other_page_links_to,
            broken_links_are_listed_in_order,
            an_empty_index_has_no_links,
        }
        names {
            whole_names_are_exact,
            short_names_are_ends_of_paths,
            names_are_those_at_the_head,
        }
        renames {
            a_history_follows_a_rename,
            a_history_follows_a_rename_there_and_back,
            a_version_under_a_former_name_is_found,
            changes_say_where_a_file_came_from,
            what_a_file_was_called_is_found,
        }
        histories {
            a_history_is_newest_first,
            a_history_pages_without_gaps,
            a_history_shows_one_path_of_each_commit,
            a_history_goes_back_beyond_a_deletion,
            a_merge_is_in_the_history_of_what_it_changed_alone,
            a_missing_path_has_no_history,
            a_version_is_found_by_its_blob,
            a_commit_is_found_by_its_id,
            commits_are_found_by_their_places,
            what_was_made_of_a_file_is_its_history_without_the_commits,
            the_newest_merge_is_found,
            positions_are_the_same_in_every_answer,
        }
        changes {
            changes_are_newest_first,
            changes_page_without_gaps,
            changes_are_filtered_by_time,
            changes_are_filtered_by_author,
            changes_are_filtered_by_prefix,
            a_commit_that_changes_nothing_is_shown_without_a_prefix,
        }
        partial {
            an_unfinished_index_counts_as_empty,
            the_last_advance_finishes_the_index,
            an_unfinished_index_can_be_reset,
        }
        wikis {
            indexes_do_not_meet,
            the_size_can_be_asked,
        }
    }
    models {
        model::any_history_answers_as_in_memory,
    }
}
