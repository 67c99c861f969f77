using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.KeyAdditive;
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

namespace FedHe.Orchestration.Masks;

/// <summary>
/// A mask agreement finds one mask for the clients of a federation without revealing their sensitivity maps. A job of
/// one round adds up the encrypted maps, and every key holder decrypts the sum and selects the mask from whole numbers.
/// </summary>
/// <remarks>
/// The job runs like any other, with roster, signatures, quorum and resumption; its result is the mask of the training
/// job that follows. Source: FedML-HE, Algorithm 1, the encryption mask; here key holders select after decryption.
/// </remarks>
public sealed class MaskAgreement
{
    private readonly ModelParameters _model;
    private readonly SensitivityTerms _terms;
    private readonly ModelParameters _zeroMap;

    /// <summary>Creates one party's view of an agreement from the agreement's job.</summary>
    /// <param name="job">The job, from a source the client trusts.</param>
    /// <param name="model">The model that training will start from.</param>
    /// <exception cref="HeMismatchException">The job agrees upon no mask, or upon the mask of another model.</exception>
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

    /// <summary>The job that adds up the maps.</summary>
    public FederationJob Job { get; }

    /// <summary>The policy that selects the encrypted parameters.</summary>
    public MaskPolicy Policy { get; }

    /// <summary>The number of bits of each client's quantized sensitivities.</summary>
    internal int SensitivityBits => _terms.Bits;

    /// <summary>Creates the job that adds up the maps.</summary>
    /// <param name="jobId">
    /// The identifier of the job, never used before; not the identifier of the training job.
    /// </param>
    /// <param name="authority">
    /// The authority that made the keys; the training job may name the same one, so that one grant serves both.
    /// </param>
    /// <param name="serverKey">The key that verifies the server's messages.</param>
    /// <param name="roster">The clients of the agreement and their verification keys.</param>
    /// <param name="context">The scheme and its parameters, which only the direct mode needs; otherwise it may be null.</param>
    /// <param name="model">The model that training will start from.</param>
    /// <param name="policy">The policy that selects the encrypted parameters.</param>
    /// <param name="maxWeight">The largest weight of one client, usually the same as in the training job.</param>
    /// <param name="settings">
    /// The clients, quorum, deadline and attempts; the agreement sets rounds, strategy and training itself.
    /// </param>
    /// <param name="uploadForm">
    /// The form of the clients' uploads: see <see cref="FederationClientSetup.UploadForm"/>.
    /// </param>
    /// <param name="protection">What the maps are encrypted under.</param>
    /// <param name="committee">The committee that opens the sum, or null where the authority's key does.</param>
    /// <exception cref="PlanRefusedException">Under these parameters the sum of the clients' maps would not be exact.</exception>
    /// <exception cref="ArgumentException">The policy needs no sensitivity, or the settings contradict each other.</exception>
    public static FederationJob CreateJob(
        Guid jobId,
        AuthorityInfo authority,
        VerificationKey serverKey,
        ClientRoster roster,
        HeContext? context,
        ModelParameters model,
        MaskPolicy policy,
        long maxWeight,
        FederationSettings settings,
        VectorForm uploadForm = VectorForm.Seeded,
        JobProtection protection = JobProtection.RoundKeys,
        CommitteeTerms? committee = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(settings);
        if (protection == JobProtection.Direct)
        {
            ArgumentNullException.ThrowIfNull(context);
        }

        var maskTerms = new MaskTerms(policy, model.Layout.Digest, FederationJob.DigestOf(model), maxWeight);
        SensitivityTerms terms = TermsOf(context?.Public, protection, model.Layout, settings.ClientsPerRound, maxWeight, uploadForm);
        return new FederationJob(
            jobId,
            authority,
            serverKey,
            roster,
            terms.Terms,
            FederationJob.DigestOf(SensitivityTrainer.ZeroMap(terms)),
            SettingsOf(settings),
            maskTerms,
            protection,
            committee);
    }

    /// <summary>Creates the setup of a client of the agreement; every other part can be replaced in it.</summary>
    /// <param name="identity">The client's name and signing key.</param>
    /// <param name="keys">The keys of the agreement's job.</param>
    /// <param name="source">The source of the client's map.</param>
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
    /// Selects the mask from the decrypted result, the same for every key holder, bit for bit. Pass its digest to <see
    /// cref="FederationClientSetup.AgreedMask"/>.
    /// </summary>
    /// <param name="result">
    /// The <see cref="FederationClient.LatestAverage"/> of a client of the agreement's job.
    /// </param>
    /// <exception cref="HeMismatchException">The result belongs to another job.</exception>
    /// <exception cref="HeCapacityException">The sum is not exact, or is zero throughout.</exception>
    /// <exception cref="ArgumentException">The model lacks a layer that the policy names, or nothing would be encrypted.</exception>
    public EncryptionMask MaskOf(AveragedModel result) => Policy.Select(_terms.Decode(result));

    /// <summary>Creates the terms of the sum of maps under the parameters that the maps are encrypted with.</summary>
    internal static SensitivityTerms TermsOf(
        HePublicContext? context, JobProtection protection, ModelLayout layout, int clients, long maxWeight, VectorForm uploadForm)
    {
        HePublicContext summing = protection == JobProtection.Direct && context is not null
            ? context
            : KeyAdditiveContext.CreatePublic(FederationJob.PlanRoundKeys(clients));
        return SensitivityTerms.Create(summing, layout, clients, maxWeight, uploadForm);
    }

    /// <summary>Derives the settings of an agreement from the settings of the training job.</summary>
    internal static FederationSettings SettingsOf(FederationSettings settings) => settings with
    {
        Rounds = 1,
        Strategy = FedAvgStrategy.StrategyName,
        Training = new TrainingSettings(),
    };
}
