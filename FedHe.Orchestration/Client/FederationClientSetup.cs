using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Masks;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Transport;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Client;

/// <summary>What a client is made of.</summary>
public sealed record FederationClientSetup
{
    /// <summary>The job, from a source the client trusts.</summary>
    public required FederationJob Job { get; init; }

    /// <summary>Who the client is; it stays the caller's to dispose.</summary>
    public required ClientIdentity Identity { get; init; }

    /// <summary>The job's keys, from <see cref="KeyRequest.Open"/>; they stay the caller's to dispose.</summary>
    public required ClientKeys Keys { get; init; }

    /// <summary>Trains.</summary>
    public required ILocalTrainer Trainer { get; init; }

    /// <summary>The model that all clients start from, with this client's buffers.</summary>
    public required ModelParameters InitialModel { get; init; }

    /// <summary>
    /// Digest of the mask that this client found itself (<see cref="MaskAgreement.MaskOf"/>). A job with another mask is
    /// refused. Null where nothing was agreed upon: then the job alone decides.
    /// </summary>
    public Digest? AgreedMask { get; init; }

    /// <summary>
    /// <see cref="VectorForm.Seeded"/> encrypts with the secret key into half the bytes; <see cref="VectorForm.Full"/>
    /// encrypts with the public key.
    /// </summary>
    public VectorForm UploadForm { get; init; } = VectorForm.Seeded;

    /// <summary>
    /// Encrypts in the place of the keys, under the job's key: another program such as Microsoft SEAL, through
    /// <c>SealExchange.CreateEncryptor</c>. Null, the default, for the keys themselves and <see cref="UploadForm"/>.
    /// </summary>
    public IEncryptor? Encryptor { get; init; }

    /// <summary>What happens to trained values outside their tensor's bound.</summary>
    public BoundPolicy BoundPolicy { get; init; } = BoundPolicy.Refuse;

    /// <summary>Allows a job that protects nothing, for tests and debugging: see <see cref="FederationServerOptions.AllowInsecurePlain"/>.</summary>
    public bool AllowInsecurePlain { get; init; }

    /// <summary>Length in bytes above which a message is refused unread. At most 1 GiB, the default.</summary>
    public int MaxMessageBytes { get; init; } = 1 << 30;

    /// <summary>The clock, for measuring.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Receives what the client is doing.</summary>
    public IProgress<ClientProgress>? Progress { get; init; }

    /// <summary>Receives what happens; never a value or a key.</summary>
    public ILogger<FederationClient>? Logger { get; init; }
}
