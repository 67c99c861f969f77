using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Masks;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Job;

/// <summary>
/// What all parties of a federation agree upon. Public and immutable; equal by digest. Clients must get it, or its
/// digest, from a source they trust: it names the key authority.
/// </summary>
public sealed record FederationJob
{
    private const int MaxSchemeNameBytes = 64;

    /// <summary>Describes a job.</summary>
    /// <param name="jobId">Name of the job, never used before.</param>
    /// <param name="authority">Who made the keys.</param>
    /// <param name="terms">Layout, mask and weighting.</param>
    /// <param name="initialModelDigest">The model all clients start from: <see cref="DigestOf"/>.</param>
    /// <param name="settings">How the rounds go.</param>
    /// <param name="maskTerms">For a job that agrees upon a mask: what its maps are of; else null.</param>
    /// <exception cref="ArgumentException">The settings contradict each other; the message says how.</exception>
    public FederationJob(
        Guid jobId,
        AuthorityInfo authority,
        AggregationTerms terms,
        Digest initialModelDigest,
        FederationSettings settings,
        MaskTerms? maskTerms = null)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(jobId, Guid.Empty);
        ArgumentNullException.ThrowIfNull(authority);
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.FindFault() is string fault)
        {
            throw new ArgumentException(fault, nameof(settings));
        }

        JobId = jobId;
        Authority = authority;
        Terms = terms;
        InitialModelDigest = initialModelDigest;
        Settings = settings;
        MaskTerms = maskTerms;
        var buffer = new ArrayBufferWriter<byte>();
        WriteTo(buffer);
        Digest = Digest.Compute(buffer.WrittenSpan);
    }

    /// <summary>Name of the job.</summary>
    public Guid JobId { get; }

    /// <summary>Who made the keys: scheme, parameters, key.</summary>
    public AuthorityInfo Authority { get; }

    /// <summary>Layout, mask and weighting.</summary>
    public AggregationTerms Terms { get; }

    /// <summary>The model all clients start from.</summary>
    public Digest InitialModelDigest { get; }

    /// <summary>How the rounds go.</summary>
    public FederationSettings Settings { get; }

    /// <summary>What the maps are of that the job adds up, or null for a job that trains: see <see cref="MaskAgreement"/>.</summary>
    public MaskTerms? MaskTerms { get; }

    /// <summary>SHA-256 over <see cref="WriteTo"/>.</summary>
    public Digest Digest { get; }

    /// <summary>The digest of a model's averaged values, buffers left out.</summary>
    /// <exception cref="ModelValueException">A value is not finite or outside its tensor's bound.</exception>
    public static Digest DigestOf(ModelParameters model) => ModelDigest.Of(model);

    /// <summary>Writes the canonical bytes.</summary>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        var payload = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(payload);
        writer.WriteGuid(JobId);
        writer.WriteString(Authority.SchemeName);
        writer.WriteKeyId(Authority.KeyId);
        writer.WriteBytes(Authority.VerificationKey.Encoded);
        writer.WriteDigest(InitialModelDigest);
        Settings.Write(writer);
        MaskTerms.Write(MaskTerms, writer);
        Terms.WriteTo(payload);
        writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.FederationJob, Authority.ParametersId, payload.WrittenCount);
        writer.WriteBytes(payload.WrittenSpan);
    }

    /// <summary>Parses exactly one job from untrusted bytes.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="parametersId">The parameters that the job must be for.</param>
    /// <param name="limits">Largest encoded length and model.</param>
    /// <param name="job">The job.</param>
    /// <param name="reason">Why the bytes were refused.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> source,
        Digest parametersId,
        WireLimits limits,
        [NotNullWhen(true)] out FederationJob? job,
        out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(limits);
        job = null;
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.FederationJob, parametersId, limits.MaxBytes);
        Guid jobId = reader.ReadGuid();
        reader.Require(jobId != Guid.Empty, FormatError.FieldOutOfRange);
        string schemeName = reader.ReadString(MaxSchemeNameBytes);
        KeyId keyId = reader.ReadKeyId();
        bool hasKey = VerificationKey.TryParse(reader.ReadBytes(VerificationKey.SizeInBytes), out VerificationKey? verificationKey);
        reader.Require(hasKey, FormatError.FieldOutOfRange);
        Digest initialModelDigest = reader.ReadDigest();
        FederationSettings settings = FederationSettings.Read(ref reader);
        MaskTerms? maskTerms = MaskTerms.Read(ref reader);
        ReadOnlySpan<byte> termsBytes = reader.ReadBytes(reader.Remaining);
        reason = reader.Error;
        if (reader.Failed || !AggregationTerms.TryRead(termsBytes, limits, out AggregationTerms? terms, out reason))
        {
            return false;
        }

        var authority = new AuthorityInfo(schemeName, parametersId, keyId, verificationKey!);
        job = new FederationJob(jobId, authority, terms, initialModelDigest, settings, maskTerms);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(FederationJob? other) => other is not null && Digest == other.Digest;

    /// <inheritdoc/>
    public override int GetHashCode() => Digest.GetHashCode();
}
