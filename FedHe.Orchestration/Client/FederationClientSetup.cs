using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Masks;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Wire;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Client;

/// <summary>The parts that a client is made of.</summary>
public sealed record FederationClientSetup
{
    /// <summary>Creates a setup whose parts are given by its properties.</summary>
    public FederationClientSetup()
    {
    }

    /// <summary>Creates the setup of a client that keeps its models and messages in files, for models of any size. It has neither <see cref="Trainer"/> nor <see cref="InitialModel"/>.</summary>
    /// <param name="job">The job, from a source the client trusts: see <see cref="Job"/>.</param>
    /// <param name="identity">The client's name and signing key; the caller disposes it.</param>
    /// <param name="keys">The keys of the job; the caller disposes them.</param>
    /// <param name="files">The folder, the initial model and the trainer.</param>
    [SetsRequiredMembers]
    public FederationClientSetup(FederationJob job, ClientIdentity identity, ClientKeys keys, ModelFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        (Job, Identity, Keys, Files) = (job, identity, keys, files);
        (Trainer, InitialModel) = (null!, null!);
    }

    /// <summary>
    /// The job, from a source the client trusts: as it was described or, for a client that joins a later epoch, in the epoch of the
    /// certificate that the client begins with (<c>EpochCertificate.Job</c>).
    /// </summary>
    public required FederationJob Job { get; init; }

    /// <summary>The client's name and signing key; the caller disposes it.</summary>
    public required ClientIdentity Identity { get; init; }

    /// <summary>The keys of the job, from <see cref="KeyRequest.Open(FedHe.Crypto.HeContext, ReadOnlyMemory{byte})"/>; the caller disposes them.</summary>
    public required ClientKeys Keys { get; init; }

    /// <summary>
    /// The keys of later epochs that the client was granted, in any order, for a client that is restored; the caller disposes them. The keys
    /// of the epoch that the client's model is of must be among these and <see cref="Keys"/>.
    /// </summary>
    public IReadOnlyList<ClientKeys> EpochKeys { get; init; } = [];

    /// <summary>
    /// The folder, the initial model and the trainer of a client that keeps its models and messages in files, for models of any size; null, the default, keeps them in memory. Such a client takes part in jobs under
    /// round keys whose updates are models or differences, and nothing else, and uses neither <see cref="Trainer"/> nor <see cref="InitialModel"/>.
    /// </summary>
    public ModelFiles? Files { get; init; }

    /// <summary>The trainer, which trains the model on the client's own data.</summary>
    public required ILocalTrainer Trainer { get; init; }

    /// <summary>The model that all clients start from, with this client's buffers.</summary>
    public required ModelParameters InitialModel { get; init; }

    /// <summary>The strategy of the job, or null to find it by the name in the job.</summary>
    public IAggregationStrategy? Strategy { get; init; }

    /// <summary>
    /// The digest of the mask that the client selected itself with <see cref="MaskAgreement.MaskOf"/>; a job with
    /// another mask is refused. Null accepts the job's mask, for a federation that agreed upon none.
    /// </summary>
    public Digest? AgreedMask { get; init; }

    /// <summary>
    /// The form of what is encrypted under the job's key, which is the round key of an upload, or the model where models are
    /// encrypted directly: <see cref="VectorForm.Seeded"/> encrypts with the secret key into half the bytes, <see
    /// cref="VectorForm.Full"/> encrypts with the public key.
    /// </summary>
    public VectorForm UploadForm { get; init; } = VectorForm.Seeded;

    /// <summary>
    /// The encryptor of another program, such as Microsoft SEAL through <c>SealExchange.CreateEncryptor</c>, which must
    /// encrypt under the job's key. Null, the default, encrypts with <see cref="Keys"/> in <see cref="UploadForm"/>.
    /// </summary>
    public IEncryptor? Encryptor { get; init; }

    /// <summary>The treatment of trained values outside their tensors' bounds.</summary>
    public BoundPolicy BoundPolicy { get; init; } = BoundPolicy.Refuse;

    /// <summary>
    /// The provider clips, rounds, adds noise and accounts in a job with privacy terms, which is refused where this is null. Other jobs do not use it.
    /// </summary>
    public IPrivacyProvider? Privacy { get; init; }

    /// <summary>The risks and message lengths that the client tolerates.</summary>
    public FederationSafety Safety { get; init; } = new();

    /// <summary>
    /// The protector of what the client's saved state must not show in clear: its model after local training, and its buffers. Null
    /// leaves both out of the state, so that a resumed client trains again and starts from the initial model's buffers. A client with <see cref="Files"/> has none of it in its state and does not use the protector
    /// for it: its model is in clear in the folder.
    /// </summary>
    public ISecretProtector? Protector { get; init; }

    /// <summary>
    /// The ledger of a committee member as it was written last, or null for a member that begins. A restored member without it answers
    /// nothing in rounds that it may have answered in.
    /// </summary>
    /// <remarks>Without <see cref="Protector"/> a ledger has no key, and a restarted member answers again from the next round on.</remarks>
    public ReadOnlyMemory<byte>? Ledger { get; init; }

    /// <summary>
    /// The stamp of the newest ledger that was ever written, which the host keeps apart from the ledger, or null where it is not known. An
    /// older ledger is refused.
    /// </summary>
    public StateStamp? NewestLedger { get; init; }

    /// <summary>Whether the client keeps messages without copying them, because their bytes never change.</summary>
    internal bool SharesMessages { get; init; }

    /// <summary>The clock that measures durations.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The receiver of the client's progress, or null.</summary>
    public IProgress<ClientProgress>? Progress { get; init; }

    /// <summary>The logger, which receives names, rounds, reasons, sizes and kernels, but never a value or a key.</summary>
    public ILogger<FederationClient>? Logger { get; init; }

    /// <summary>The factory of the container's meters, or null for the meter that the process shares.</summary>
    public IMeterFactory? MeterFactory { get; init; }

    /// <summary>Finds the strategy of a setup, and throws unless all parts fit the job.</summary>
    internal static IAggregationStrategy Validate(FederationClientSetup setup)
    {
        ArgumentNullException.ThrowIfNull(setup);
        if (setup.Keys.Parameters.Id != setup.Job.Authority.ParametersId || setup.Keys.KeyId != setup.Job.Authority.KeyId)
        {
            throw Throw.KeysOfAnotherJob();
        }

        if (setup.Encryptor is IEncryptor other
            && (other.Parameters.Id != setup.Keys.Parameters.Id || other.KeyId != setup.Keys.KeyId))
        {
            throw Throw.EncryptorOfAnotherJob();
        }

        if (setup.Job.Committee is CommitteeTerms committee && !KeyExchanges.IsSupported(committee.KeyExchange))
        {
            throw Throw.KeyExchangeMissing(committee.KeyExchange);
        }

        if (setup.Job.Committee is not null && setup.Encryptor is not null)
        {
            throw Throw.NoKeyPair();
        }

        if (setup.Safety.Check(setup.Keys.Parameters, setup.Job) is InsecureFederationException insecure)
        {
            throw insecure;
        }

        if (setup.AgreedMask is Digest agreed && agreed != setup.Job.Terms.Mask.Digest)
        {
            throw Throw.MaskOfAnotherAgreement();
        }

        if (setup.Files is not null)
        {
            ModelFiles.Require(setup.Job);
        }

        RequireModels(setup);
        IFlatModel initial = setup.Files?.InitialModel ?? setup.InitialModel;
        if (initial.Layout.Digest != setup.Job.Terms.Layout.Digest || ModelDigest.Of(initial) != setup.Job.InitialModelDigest)
        {
            throw Throw.InitialModelOfAnotherJob();
        }

        return JobStrategy.Of(setup.Job, setup.Strategy);
    }

    /// <summary>Throws unless a setup has an initial model and a trainer, which one of files lacks once its files are taken away.</summary>
    internal static void RequireModels(FederationClientSetup setup)
    {
        if (setup.Files is null && (setup.InitialModel is null || setup.Trainer is null))
        {
            throw Throw.SetupWithoutModels(nameof(setup));
        }
    }
}
