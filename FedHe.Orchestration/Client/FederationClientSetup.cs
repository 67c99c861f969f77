using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Masks;
using FedHe.Orchestration.Wire;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Client;

/// <summary>The parts of a client.</summary>
public sealed record FederationClientSetup
{
    /// <summary>The job, from a source the client trusts.</summary>
    public required FederationJob Job { get; init; }

    /// <summary>The client's name and signing key; the caller disposes it.</summary>
    public required ClientIdentity Identity { get; init; }

    /// <summary>The job's keys, from <see cref="KeyRequest.Open"/>; the caller disposes them.</summary>
    public required ClientKeys Keys { get; init; }

    /// <summary>Trains the model on the client's own data.</summary>
    public required ILocalTrainer Trainer { get; init; }

    /// <summary>The model that all clients start from, with this client's buffers.</summary>
    public required ModelParameters InitialModel { get; init; }

    /// <summary>
    /// Digest of the mask that this client found itself (<see cref="MaskAgreement.MaskOf"/>): a job with another mask is
    /// refused. Null when nothing was agreed upon, so that the job alone decides.
    /// </summary>
    public Digest? AgreedMask { get; init; }

    /// <summary>
    /// <see cref="VectorForm.Seeded"/> encrypts with the secret key into half the bytes; <see cref="VectorForm.Full"/>
    /// encrypts with the public key.
    /// </summary>
    public VectorForm UploadForm { get; init; } = VectorForm.Seeded;

    /// <summary>
    /// Encrypts under the job's key in another program, such as Microsoft SEAL through
    /// <c>SealExchange.CreateEncryptor</c>. Null, the default, to encrypt with the keys in <see cref="UploadForm"/>.
    /// </summary>
    public IEncryptor? Encryptor { get; init; }

    /// <summary>The treatment of trained values outside their tensor's bound.</summary>
    public BoundPolicy BoundPolicy { get; init; } = BoundPolicy.Refuse;

    /// <summary>What the client tolerates.</summary>
    public FederationSafety Safety { get; init; } = new();

    /// <summary>The clock that durations are measured with.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Receives every step of the client.</summary>
    public IProgress<ClientProgress>? Progress { get; init; }

    /// <summary>Receives names, rounds, reasons and sizes; never a value or a key.</summary>
    public ILogger<FederationClient>? Logger { get; init; }

    /// <summary>Throws unless all parts fit the job.</summary>
    internal static void Validate(FederationClientSetup setup)
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

        if (setup.Safety.Check(setup.Keys.Parameters, setup.Job) is InsecureFederationException insecure)
        {
            throw insecure;
        }

        if (setup.AgreedMask is Digest agreed && agreed != setup.Job.Terms.Mask.Digest)
        {
            throw Throw.MaskOfAnotherAgreement();
        }

        if (setup.InitialModel.Layout.Digest != setup.Job.Terms.Layout.Digest
            || ModelDigest.Of(setup.InitialModel) != setup.Job.InitialModelDigest)
        {
            throw Throw.InitialModelOfAnotherJob();
        }
    }
}
