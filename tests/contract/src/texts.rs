//! What every index does with full text. Scores are compared with nothing but each other.

mod behind;
mod filters;
mod help;
mod model;
mod ranks;
mod words;

crate::suite::suite! {
    $ texts_contract in texts of dyn portolan_ports::Index;
    cases {
        behind {
            a_missing_index_finds_nothing,
            a_page_is_behind_until_its_text_is_put,
            a_changed_page_is_found_by_its_old_text_until_the_new_one_is_put,
            a_deleted_page_is_not_found_and_its_text_is_forgotten,
            a_page_that_comes_back_is_found_by_what_it_says_now,
            a_page_that_redirects_is_not_found,
            what_is_no_page_has_no_text,
            a_text_that_is_not_wanted_is_left_out,
            the_head_before_the_first_that_is_behind_is_named,
            few_at_a_time_can_be_asked_for,
            texts_of_wikis_do_not_meet,
            a_reset_index_finds_nothing,
            texts_outlive_a_restart,
            readers_are_answered_while_texts_are_put,
        }
        words {
            every_word_must_be_found,
            a_phrase_is_found_in_its_order,
            a_phrase_goes_over_no_paragraph_and_no_field,
            a_prefix_is_found_in_all_words_that_begin_so,
            what_is_excluded_is_not_found,
            joined_words_are_found_in_either_spelling,
            case_and_accents_make_no_difference,
            scripts_without_blanks_are_found_by_any_part,
            words_of_title_path_and_front_matter_are_found,
            any_query_has_an_answer,
        }
        ranks {
            a_title_counts_more_than_a_heading_than_a_body,
            a_rare_word_counts_more_than_a_common_one,
            a_short_page_counts_more_than_a_long_one,
            among_many_pages_those_that_are_about_the_words_come_first,
            found_pages_page_without_gaps,
        }
        filters {
            pages_are_filtered_by_prefix,
            pages_are_filtered_by_category_and_tag,
        }
    }
    models {
        model::any_texts_are_found_as_in_memory,
    }
}
