//! Figures of an organization's use, who sees whose, and quotas that hold.

use crate::stories;
use crate::world::{World, ada, finished, invited, member, query, repaired};
use domain::analytics::{Interval, LatencyMeasure, Money, Table, Use};
use domain::quota::{Quota, Quotas};
use domain::wire::Query;
use domain::{AgentId, Feedback, Rating, Role, Run, Source, Tokens, WorkflowId};
use provider_mock::Mock;
use services::{Admin, AnalyticsForm, Error, Member, OrganizationForm, Services};

stories!(
    every_use_is_in_the_figures,
    figures_are_the_organizations_and_people_the_admins,
    quotas_hold_for_questions_and_trials,
);

async fn answered(workflow: &str, services: &Services, who: &Member, source: Source) -> Run {
    let query = Query {
        workflow_id: Some(WorkflowId::from(workflow)),
        ..query("How?")
    };
    let run = services.runs.start(who, query, source).await.unwrap();
    finished(services, who, &run).await
}

async fn tried(services: &Services, admin: &Admin) -> Result<Tokens, Error> {
    let id = AgentId::from("practical");
    let said = services.agents.test(admin, &id, None, "How?".into()).await;
    said.map(|said| said.contribution.tokens)
}

async fn every_use_is_in_the_figures(world: World) {
    let mock = Mock::start(repaired()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let admin = Admin::try_from(ada.clone()).unwrap();
    // The first one is repaired, the second is not.
    let mut tokens = Tokens::default();
    let mut calls = 1;
    for source in [Source::Browser, Source::Mcp] {
        // The script knows the checklist of a synthesis that goes phase by phase.
        let run = answered("overmind", &services, &ada, source).await;
        let steps = services.runs.steps(&ada, run.id).await.unwrap();
        for step in &steps {
            tokens += Tokens::new(step.input_tokens, step.output_tokens);
        }
        calls += steps.len() as u64;
        let feedback = Feedback {
            rating: Rating::Up,
            comment: None,
        };
        let rated = services
            .conversations
            .rate(&ada, run.answer_id, Some(feedback));
        rated.await.unwrap();
        // Figures stay when it is deleted.
        let deleted = services.conversations.delete(&ada, run.conversation_id);
        deleted.await.unwrap();
    }
    tokens += tried(&services, &admin).await.unwrap();

    let form = AnalyticsForm::default();
    let figures = services.analytics.read(&ada, form).await.unwrap();
    assert_eq!(figures.period.interval, Interval::Day);
    assert_eq!(
        (figures.activity.len(), figures.latency_over_time.len()),
        (30, 30)
    );
    let totals = figures.totals;
    let endings = totals.endings;
    assert_eq!((endings.passed, endings.questions()), (2, 2), "{endings:?}");
    assert_eq!((totals.calls, totals.bench_calls), (calls, 1));
    assert_eq!(totals.tokens, tokens);
    assert_eq!(totals.answers.count, 2);
    let unpriced = Money {
        micros: 0,
        unpriced_calls: calls,
    };
    assert_eq!((totals.money, totals.money.whole()), (unpriced, None));
    let today = figures.activity.last().unwrap();
    assert_eq!((today.endings, today.tokens), (totals.endings, tokens));

    let sources: Vec<_> = figures
        .sources
        .iter()
        .map(|it| (it.source, it.questions))
        .collect();
    assert_eq!(sources, [(Source::Browser, 1), (Source::Mcp, 1)]);
    let repair = &figures.repair;
    assert_eq!(
        (repair.answered, repair.repaired, repair.rescued),
        (2, 1, 1)
    );
    assert_eq!(repair.mean_gain, Some(2.0));
    assert!(repair.added_tokens.total() > 0);
    let rounds: Vec<_> = repair
        .rounds
        .iter()
        .map(|it| (it.rounds, it.answers))
        .collect();
    assert_eq!(rounds, [(1, 1), (2, 1)]);

    let quality = &figures.quality;
    assert_eq!((quality.scores.count, quality.scores.mean), (2, Some(10.0)));
    assert_eq!(quality.distribution[19], 2);
    let means: Vec<_> = quality
        .by_iteration
        .iter()
        .map(|it| it.scores.mean)
        .collect();
    assert_eq!(means, [Some(9.0), Some(10.0)]);
    assert_eq!((quality.over_time.len(), quality.breaks.len()), (1, 0));
    assert_eq!(
        (figures.judge.drafts.count, figures.judge.nine_or_more),
        (3, 2)
    );

    let satisfaction = &figures.satisfaction;
    assert_eq!((satisfaction.up, satisfaction.down), (2, 0));
    assert_eq!(
        (
            satisfaction.rated_and_scored,
            satisfaction.calibration[9].liked
        ),
        (2, None)
    );

    let of = |uses: &[Use], id: &str| uses.iter().find(|it| it.id == id).cloned().unwrap();
    let overmind = of(&figures.by_workflow, "overmind");
    assert_eq!((overmind.questions, overmind.calls), (2, calls - 1));
    let practical = of(&figures.by_agent, "practical");
    assert_eq!(
        (practical.name.as_str(), practical.questions),
        ("Practical Clarity", 2)
    );
    // Two first rounds, one repair, one trial.
    assert_eq!(practical.calls, 4);
    let people = figures.by_user.clone().unwrap();
    let [person] = people.as_slice() else {
        panic!("{people:?}")
    };
    assert_eq!(
        (person.name.as_str(), person.questions, person.tokens),
        ("Ada", 2, tokens)
    );
    let contributions = figures.contributions.iter();
    let mut mended = contributions.filter(|it| it.repairs > 0);
    assert_eq!(mended.next().unwrap().agent.id, "practical");
    let agents = figures
        .latency
        .iter()
        .find(|it| it.measure == LatencyMeasure::Agent);
    assert_eq!(agents.unwrap().percentiles.count, 13);
    for table in Table::ALL {
        let sheet = figures.sheet(table).unwrap();
        let wide = sheet.columns.len();
        assert!(sheet.rows.iter().all(|row| row.len() == wide), "{table:?}");
    }
}

async fn figures_are_the_organizations_and_people_the_admins(world: World) {
    let mock = Mock::start(repaired()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let bob = invited(&services, &ada, "Bob", Role::User).await;
    let bob = member(&services, &bob).await;
    let viewer = invited(&services, &ada, "Vic", Role::Viewer).await;
    let viewer = member(&services, &viewer).await;
    answered("balanced", &services, &bob, Source::Api).await;
    answered("balanced", &services, &ada, Source::Api).await;
    for who in [&ada, &bob, &viewer] {
        let figures = services.analytics.read(who, AnalyticsForm::default()).await;
        let figures = figures.unwrap();
        let is_admin = who.user().role == Role::Admin;
        assert_eq!(figures.totals.endings.questions(), 2);
        assert_eq!(figures.by_user.is_some(), is_admin);
        assert_eq!(figures.choices.users.is_empty(), !is_admin);
        assert_eq!(figures.sheet(Table::Users).is_some(), is_admin);
        let of_bob = AnalyticsForm {
            user: bob.user().id.to_string(),
            ..AnalyticsForm::default()
        };
        match services.analytics.read(who, of_bob).await {
            Ok(figures) if is_admin => {
                assert_eq!(figures.totals.endings.questions(), 1);
                assert_eq!(figures.by_user.unwrap().len(), 1);
            }
            Err(Error::Forbidden(_)) => assert!(!is_admin),
            other => panic!("{other:?}"),
        }
    }
    // Who is gone keeps no name.
    let admin = Admin::try_from(ada.clone()).unwrap();
    let removed = services.accounts.remove_member(&admin, bob.user().id);
    removed.await.unwrap();
    let figures = services
        .analytics
        .read(&ada, AnalyticsForm::default())
        .await;
    let figures = figures.unwrap();
    assert_eq!(figures.totals.endings.questions(), 2);
    let people = figures.by_user.unwrap();
    assert!(people.iter().any(|it| it.name == "somebody who is gone"));
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::QuotaReached {
            message,
            retry_after,
        }) => {
            assert!(retry_after > 0);
            message
        }
        other => panic!("{other:?}"),
    }
}

async fn quotas_hold_for_questions_and_trials(world: World) {
    let mock = Mock::start(repaired()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let admin = Admin::try_from(ada.clone()).unwrap();
    let set = async |member, organization| {
        let form = OrganizationForm {
            quotas: Some(Quotas {
                member,
                organization,
            }),
            ..OrganizationForm::default()
        };
        services.accounts.change_organization(&admin, form).await
    };
    let none = Quota::default();
    let one = Quota {
        requests: Some(1),
        ..none
    };
    set(one, none).await.unwrap();
    answered("balanced", &services, &ada, Source::Browser).await;
    let again = services
        .runs
        .start(&ada, query("And then?"), Source::Mcp)
        .await;
    let words = refused(again);
    assert!(
        words.starts_with("You have used up your quota of 1 questions"),
        "{words}"
    );
    let fits = Quota {
        tokens: Some(1_000_000),
        ..none
    };
    set(none, fits).await.unwrap();
    tried(&services, &admin).await.unwrap();
    let used = services.analytics.quota_use(&admin).await.unwrap();
    assert_eq!(used.organization.requests, 1);
    assert_eq!(
        (used.members.len(), used.members[0].used),
        (1, used.organization)
    );
    let spent = Quota {
        tokens: Some(used.organization.tokens),
        ..none
    };
    set(none, spent).await.unwrap();
    let words = refused(tried(&services, &admin).await);
    assert!(
        words.starts_with("Your organization has used up its quota of"),
        "{words}"
    );
    let again = services
        .runs
        .start(&ada, query("And then?"), Source::Mcp)
        .await;
    refused(again);
    let absurd = Quota {
        tokens: Some(u64::MAX),
        ..none
    };
    match set(absurd, none).await {
        Err(Error::Invalid { field, .. }) => assert_eq!(field, "quotas"),
        other => panic!("{other:?}"),
    }
}
