using System.Diagnostics;
using System.Runtime.CompilerServices;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Transport;

/// <summary>
/// A warm-up runs one round of a small model in this process, under fresh keys and like the rounds of a job, so that the methods of the
/// first real round are compiled before it, for example while the client loads its data or trains.
/// </summary>
/// <remarks>
/// Without it most of the time of a process's first round goes to the compiler. It takes about half a second of a core, once in the life of a
/// process, and a few milliseconds when it is repeated; with Paillier the generation of a key as well. A program of Native AOT has nothing to
/// compile, and runs no round. The round touches neither the keys nor the models, meters and logs of the job, and its activities are children of one that is
/// not recorded.
/// </remarks>
/// <example>
/// <code>
/// Task warmUp = FederationWarmUp.RunAsync(job, he);
///
/// // The client loads its data and trains; whether the warm-up has ended makes no difference but in speed.
/// await warmUp;
/// </code>
/// </example>
public static class FederationWarmUp
{
    private const string ActivityName = "fedhe.warm-up";

    // Two ciphertexts of a round key's ring, and a rest that no register fills.
    private const int TensorLength = (2 * 4096) + 37;

    private static readonly string[] Names = ["a", "b", "c", "d"];

    /// <summary>Runs a round like the rounds of a job, on the thread pool.</summary>
    /// <param name="job">The job.</param>
    /// <param name="context">The context of the job's parameters; null for a job with a committee, which needs none.</param>
    /// <param name="cancellationToken">Cancels the warm-up.</param>
    /// <exception cref="HeMismatchException">The context belongs to other parameters than the job, or is missing.</exception>
    public static Task RunAsync(FederationJob job, HeContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (job.Committee is null && context?.ParametersId != job.Authority.ParametersId)
        {
            throw Throw.ParametersOfAnotherJob();
        }

        return RunAsync(
            job.Committee is null ? context : null,
            job.Committee is CommitteeTerms committee ? roster => new CommitteeTerms(roster.Clients, keyExchange: committee.KeyExchange) : null,
            job.Terms,
            job.Settings,
            job.Protection,
            cancellationToken);
    }

    /// <summary>Runs a round like the rounds of a federation within one process, on the thread pool.</summary>
    /// <param name="setup">The parts of the federation.</param>
    /// <param name="cancellationToken">Cancels the warm-up.</param>
    public static Task RunAsync(InProcessFederationSetup setup, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(setup);
        return RunAsync(
            setup.Context,
            setup.Context is null ? CommitteeTerms.OfAll : null,
            setup.Terms,
            setup.Settings,
            setup.Protection,
            cancellationToken);
    }

    private static Task RunAsync(
        HeContext? context,
        Func<ClientRoster, CommitteeTerms>? committee,
        AggregationTerms terms,
        FederationSettings settings,
        JobProtection protection,
        CancellationToken cancellationToken)
    {
        if (!RuntimeFeature.IsDynamicCodeCompiled)
        {
            return Task.CompletedTask;
        }

        InProcessFederationSetup small = SetupLike(context, committee, terms, settings, protection);
        return Task.Run(() => RunRoundAsync(small, cancellationToken), cancellationToken);
    }

    /// <summary>Describes a federation of a small model whose rounds are like the rounds of a job.</summary>
    internal static InProcessFederationSetup SetupLike(
        HeContext? context,
        Func<ClientRoster, CommitteeTerms>? committee,
        AggregationTerms terms,
        FederationSettings settings,
        JobProtection protection)
    {
        ModelParameters model = SmallModel.Of(terms.Layout, TensorLength);
        int clients = committee is null ? 2 : CommitteeTerms.MinMembers;
        return new InProcessFederationSetup
        {
            Context = context,
            Committee = committee,
            Terms = new AggregationTerms(model.Layout, SmallModel.MaskLike(terms.Mask, model.Layout), terms.Weighting, terms.MaxWeight, terms.Precision),

            // Round keys are planned for as many clients as in the job, which never come: the clock is a simulated one.
            Settings = new FederationSettings
            {
                Rounds = 1,
                ClientsPerRound = Math.Max(settings.ClientsPerRound, clients),
                Quorum = clients,
                MinimumContributors = 2,
                MinimumEffectiveContributors = 1,
            },
            InitialModel = model,
            Trainers = Names.Take(clients).ToDictionary(name => new ClientId(name), ILocalTrainer (_) => new Untrained()),
            Protection = protection,

            // The model is made of zeros, so that nothing can leak where a job protects nothing.
            Safety = new FederationSafety { AllowInsecure = true },
        };
    }

    /// <summary>Runs the round unheard, and returns its job.</summary>
    internal static async Task<Guid> RunRoundAsync(InProcessFederationSetup setup, CancellationToken cancellationToken)
    {
        // A parent that is not recorded keeps the activities of the round out of traces.
        using Activity unrecorded = new Activity(ActivityName).Start();
        unrecorded.ActivityTraceFlags = ActivityTraceFlags.None;
        using var meters = new UnheardMeters();
        using InProcessFederation federation = await InProcessFederation.CreateAsync(
            setup with { MeterFactory = meters }, cancellationToken).ConfigureAwait(false);
        await foreach (RoundResult round in federation.RunAsync(cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            Debug.Assert(round.Model is not null, "A small round without faults has a result.");
        }

        return federation.Job.JobId;
    }

    /// <summary>Returns the model that it gets.</summary>
    private sealed class Untrained : ILocalTrainer
    {
        public long SampleCount => 1;

        public Task<LocalTrainingResult> TrainAsync(
            ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
            => Task.FromResult(new LocalTrainingResult(globalModel));
    }
}
