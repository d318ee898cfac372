//! What every ledger does.

mod admits;
mod authority;
mod durable;
mod edits;
mod expiry;
mod help;
mod lanes;
mod lists;
mod model;
mod races;
mod reads;
mod records;
mod refusals;
mod tenants;

crate::suite::suite! {
    $ ledger_contract in ledger of dyn portolan_ports::Ledger;
    cases {
        reads {
            a_missing_record_is_none,
            answers_come_in_the_order_asked,
            no_keys_give_no_answers,
            addresses_that_differ_in_case_are_one_key,
        }
        edits {
            any_expectation_is_judged,
            a_check_writes_nothing,
            deleting_what_is_missing_is_harmless,
            versions_are_unique_also_after_a_deletion,
            each_edit_has_its_own_version,
            a_batch_with_one_failing_edit_changes_nothing,
            a_conflict_names_everything_that_failed,
            a_batch_sent_twice_conflicts,
            an_empty_batch_is_applied,
        }
        refusals {
            two_edits_of_one_key_are_refused,
            a_record_of_another_kind_than_its_key_is_refused,
            as_many_items_as_the_caps_allow_fit,
            too_many_items_are_refused,
            checks_count_three_times,
            too_many_bytes_are_refused,
            too_many_bytes_of_segments_are_refused,
        }
        races {
            of_many_creations_exactly_one_wins,
            of_many_changes_exactly_one_wins,
            no_increment_is_lost,
            readers_never_see_half_a_batch,
            batches_over_several_tenants_all_arrive,
        }
        expiry {
            an_expired_record_counts_as_absent,
            a_record_that_has_not_expired_is_there,
            the_sweep_deletes_what_expired_and_nothing_else,
            the_sweep_keeps_to_its_limit_and_covers_all_tenants,
            versions_are_unique_also_after_a_sweep,
        }
        lists {
            an_empty_list_has_no_items,
            lists_are_in_the_order_of_names,
            lists_page_without_gaps,
            a_cursor_needs_no_record,
            lists_show_one_kind_of_one_tenant,
        }
        lanes {
            an_empty_lane_has_no_segments,
            segments_walk_up_and_down,
            walks_begin_within_a_segment,
            a_gap_or_an_overlap_conflicts,
            a_conflicting_segment_takes_the_edits_with_it,
            lanes_and_tenants_do_not_mix,
            of_many_appends_exactly_one_wins,
        }
        tenants {
            the_same_keys_of_two_tenants_never_meet,
            tenant_aliases_are_kept_with_the_platform,
            receipts_are_kept_with_the_principal,
            an_invitee_s_receipt_is_kept_with_his_tenant,
        }
        admits {
            a_credential_is_read_with_all_its_records,
            a_credential_with_a_missing_record_is_none,
            a_credential_of_another_tenant_is_none,
            the_wiki_is_read_with_its_head,
            a_missing_or_deleted_wiki_is_none,
            a_suspended_tenant_is_answered,
            another_tenant_is_read_for_operators_alone,
            no_wiki_of_another_tenant_is_read,
            the_own_name_as_target_is_home,
            a_revocation_is_seen_at_once,
        }
        authority {
            checks_that_hold_let_a_batch_pass,
            a_revoked_token_stops_a_batch,
            a_changed_member_or_tenant_stops_a_batch,
            checks_are_of_the_principal_s_home,
        }
        durable {
            everything_is_there_after_reopening,
            versions_are_unique_also_after_reopening,
            nothing_of_a_failed_batch_is_there_after_reopening,
        }
    }
    models {
        records::records_of_every_kind_survive,
        model::any_calls_answer_as_in_memory,
    }
}
