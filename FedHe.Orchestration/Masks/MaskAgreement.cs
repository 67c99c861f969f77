using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Sensitivity;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Transport;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Masks;

/// <summary>
/// How the clients of a federation find one mask without showing their sensitivity maps: a job of one round adds the
/// encrypted maps up, and every key holder decrypts the sum and selects on whole numbers. The job runs like any other,
/// with roster, signatures, quorum and resumption; its result is the mask of the training job that follows.
/// </summary>
/// <remarks>Source: FedML-HE, Algorithm 1, the encryption mask; the selection is after decryption, by key holders.</remarks>
public sealed class MaskAgreement
{
    private readonly ModelParameters _model;
    private readonly SensitivityTerms _terms;
    private readonly ModelParameters _zeroMap;

    /// <summary>Understands an agreement's job.</summary>
    /// <param name="job">The job, from a source the client trusts.</param>
    /// <param name="model">The model that training will start from.</param>
    /// <exception cref="HeMismatchException">The job agrees upon no mask, or upon that of another model.</exception>
    public MaskAgreement(FederationJob job, ModelParameters model)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(model);
        if (job.MaskTerms is not MaskTerms terms || job.Settings.Rounds != 1)
        {
            throw Throw.NotAnAgreement();
        }

        if (terms.LayoutDigest != model.Layout.Digest || terms.ModelDigest != FederationJob.DigestOf(model))
        {
            throw Throw.AgreementOfAnotherModel();
        }

        _terms = SensitivityTerms.Of(job.Terms, model.Layout, terms.MaxWeight);
        _zeroMap = SensitivityTrainer.ZeroMap(_terms);
        _model = model;
        Job = job;
        Policy = terms.Policy;
    }

    /// <summary>The job that adds the maps up.</summary>
    public FederationJob Job { get; }

    /// <summary>What is to be encrypted.</summary>
    public MaskPolicy Policy { get; }

    /// <summary>Describes the job that adds the maps up.</summary>
    /// <param name="jobId">Name of the job, never used before; not that of the training job.</param>
    /// <param name="authority">Who made the keys. The training job may name the same: one grant then serves both.</param>
    /// <param name="context">Scheme and parameters.</param>
    /// <param name="model">The model that training will start from.</param>
    /// <param name="policy">What is to be encrypted.</param>
    /// <param name="maxWeight">Largest weight of one client, usually that of the training job.</param>
    /// <param name="settings">
    /// Clients, quorum, deadline and attempts. Rounds, strategy and training are those of an agreement in any case.
    /// </param>
    /// <param name="uploadForm">How clients will encrypt: see <see cref="FederationClientSetup.UploadForm"/>.</param>
    /// <exception cref="PlanRefusedException">Under these parameters the sum of so many maps would not be exact.</exception>
    /// <exception cref="ArgumentException">The policy needs no sensitivity, or the settings contradict each other.</exception>
    public static FederationJob CreateJob(
        Guid jobId,
        AuthorityInfo authority,
        HeContext context,
        ModelParameters model,
        MaskPolicy policy,
        long maxWeight,
        FederationSettings settings,
        VectorForm uploadForm = VectorForm.Seeded)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(settings);
        var maskTerms = new MaskTerms(policy, model.Layout.Digest, FederationJob.DigestOf(model), maxWeight);
        var terms = SensitivityTerms.Create(context.Public, model.Layout, settings.ClientsPerRound, maxWeight, uploadForm);
        return new FederationJob(
            jobId, authority, terms.Terms, FederationJob.DigestOf(SensitivityTrainer.ZeroMap(terms)), SettingsOf(settings), maskTerms);
    }

    /// <summary>
    /// Runs a whole agreement within one process, between the clients of a federation that is to train afterwards: give
    /// it the mask with <c>setup with { Terms = ..., AgreedMasks = ... }</c>.
    /// </summary>
    /// <param name="setup">The federation that is to train. Its mask, rounds, strategy and trainers do not matter.</param>
    /// <param name="sources">The clients, and how each of them computes its map.</param>
    /// <param name="policy">What is to be encrypted.</param>
    /// <param name="progress">Receives what happens, from several threads at once, or null.</param>
    /// <param name="cancellationToken">Cancels the agreement.</param>
    /// <exception cref="MaskNotAgreedException">Too few clients contributed.</exception>
    /// <exception cref="PlanRefusedException">Under these parameters the sum of so many maps would not be exact.</exception>
    /// <exception cref="ArgumentException">The policy needs no sensitivity, or the settings contradict each other.</exception>
    public static async Task<AgreedMask> RunInProcessAsync(
        InProcessFederationSetup setup,
        IReadOnlyDictionary<ClientId, SensitivitySource> sources,
        MaskPolicy policy,
        IProgress<RoundProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(setup);
        ArgumentNullException.ThrowIfNull(sources);
        ModelParameters model = setup.InitialModel;
        var maskTerms = new MaskTerms(policy, model.Layout.Digest, FederationJob.DigestOf(model), setup.Terms.MaxWeight);
        var terms = SensitivityTerms.Create(setup.Context.Public, model.Layout, sources.Count, maskTerms.MaxWeight, setup.UploadForm);
        using InProcessFederation federation = await InProcessFederation.CreateAsync(
            setup with
            {
                Terms = terms.Terms,
                MaskTerms = maskTerms,
                AgreedMasks = null,
                Settings = SettingsOf(setup.Settings) with { ClientsPerRound = sources.Count },
                Strategy = null,
                InitialModel = SensitivityTrainer.ZeroMap(terms),
                Trainers = sources.ToDictionary(
                    source => source.Key, source => (ILocalTrainer)new SensitivityTrainer(terms, model, source.Value)),
            },
            cancellationToken).ConfigureAwait(false);
        RoundOutcome? closed = null;
        await foreach (RoundOutcome outcome in federation.RunAsync(progress, cancellationToken).ConfigureAwait(false))
        {
            closed = outcome;
        }

        return closed is { Report.IsAggregated: true }
            ? new MaskAgreement(federation.Job, model).Compare(federation, closed)
            : throw Throw.TooFewMaps(federation.Failures.Values.FirstOrDefault());
    }

    /// <summary>Describes a client of the agreement; anything else can be replaced in it.</summary>
    /// <param name="identity">Who the client is.</param>
    /// <param name="keys">The keys of the agreement's job.</param>
    /// <param name="source">Computes the client's map.</param>
    public FederationClientSetup DescribeClient(ClientIdentity identity, ClientKeys keys, SensitivitySource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new FederationClientSetup
        {
            Job = Job,
            Identity = identity,
            Keys = keys,
            Trainer = new SensitivityTrainer(_terms, _model, source),
            InitialModel = _zeroMap,
        };
    }

    /// <summary>
    /// Finds the mask in the decrypted result: the same for every key holder, bit for bit. Give its digest to
    /// <see cref="FederationClientSetup.AgreedMask"/>.
    /// </summary>
    /// <param name="result"><see cref="FederationClient.LatestAverage"/> of a client of the agreement's job.</param>
    /// <exception cref="HeMismatchException">The result is that of another job.</exception>
    /// <exception cref="HeCapacityException">The sum is not exact, or zero throughout.</exception>
    /// <exception cref="ArgumentException">The model lacks a layer that the policy names, or nothing would be encrypted.</exception>
    public EncryptionMask MaskOf(AveragedModel result) => Policy.Select(_terms.Decode(result));

    private static FederationSettings SettingsOf(FederationSettings settings) => settings with
    {
        Rounds = 1,
        Strategy = FedAvgStrategy.StrategyName,
        Training = new TrainingSettings(),
    };

    private AgreedMask Compare(InProcessFederation federation, RoundOutcome outcome)
    {
        EncryptionMask? mask = null;
        var digests = new SortedDictionary<ClientId, Digest>();
        foreach (FederationClient client in federation.Clients)
        {
            if (client.LatestAverage is AveragedModel result)
            {
                EncryptionMask own = MaskOf(result);
                mask ??= own;
                digests.Add(client.Client, own.Digest);
            }
        }

        return mask is not null && digests.Values.All(digest => digest == mask.Digest)
            ? new AgreedMask(mask, Policy, digests, _terms.Bits, outcome.Report, outcome.Costs)
            : throw Throw.DifferentMasks();
    }
}
