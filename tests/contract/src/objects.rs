//! What every store of git objects does.

mod batches;
mod compaction;
mod deltas;
mod durable;
mod exports;
mod git;
mod help;
mod hostile;
mod imports;
mod limits;
mod mirrors;
mod pack;
mod repositories;

crate::suite::suite! {
    $ objects_contract in objects of dyn portolan_ports::Objects;
    cases {
        batches {
            what_is_put_is_read,
            every_kind_is_kept,
            answers_come_in_the_order_asked,
            a_missing_object_or_repository_is_none,
            a_stream_that_was_deflated_before_is_taken,
            putting_again_is_harmless,
            one_object_twice_in_a_batch_is_harmless,
            an_empty_batch_is_refused,
            receipts_tell_what_was_stored,
            all_packs_are_listed,
            many_batches_at_once_all_arrive,
        }
        deltas {
            versions_are_read_back,
            a_base_may_come_later_or_be_elsewhere,
            bases_that_make_no_sense_are_harmless,
            a_chain_of_large_trees_is_read_back,
            deltas_are_read_back_as_what_they_make,
            a_delta_s_base_may_be_unknown_or_known_twice,
            a_delta_that_fits_nothing_is_refused,
        }
        imports {
            a_pack_of_git_is_imported,
            a_pack_with_deltas_by_id_is_imported,
            an_import_adds_to_what_is_there,
            importing_again_is_harmless,
            a_missing_file_is_an_error,
            a_very_deep_chain_of_deltas_does_no_harm,
        }
        hostile {
            a_truncated_pack_is_refused,
            a_falsified_pack_is_refused,
            what_is_no_pack_is_refused,
            wrong_counts_are_refused,
            unknown_types_are_refused,
            sizes_that_lie_are_refused,
            a_delta_without_its_base_is_refused,
            a_delta_that_does_not_fit_is_refused,
        }
        limits {
            too_many_objects_are_refused,
            a_too_large_object_is_refused,
            a_too_large_sum_is_refused,
            an_object_that_a_delta_makes_too_large_is_refused,
            a_pack_within_its_limits_is_taken,
        }
        exports {
            an_export_is_a_pack_that_git_reads,
            an_export_is_imported_again,
            exporting_what_is_missing_is_corrupt,
        }
        compaction {
            compaction_keeps_everything_readable,
            compaction_is_harmless_when_repeated_or_raced,
            compaction_of_what_is_missing_does_nothing,
            a_healthy_repository_has_no_damage,
        }
        mirrors {
            the_mirror_follows_the_head,
            a_foreign_commit_is_kept_and_reported,
            plain_git_reads_what_was_put,
        }
        repositories {
            repositories_do_not_meet,
            a_removed_repository_is_gone,
        }
        durable {
            everything_is_there_after_reopening,
        }
    }
    models {}
}
