using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Integers;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Masks;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Job;

/// <summary>
/// A federation job is the description of a federation that all parties agree upon; it is public and immutable, and
/// jobs with equal digests are equal. Clients must get the job, or its digest, from a source that they trust, because
/// the job names the key authority and the server. A job is described in its first epoch.
/// </summary>
public sealed record FederationJob
{
    private const int MaxSchemeNameBytes = 64;
    private const int DefaultPrecisionBits = 24;

    // The job as it was described, of which this is a later epoch; null in the first one.
    private readonly FederationJob? _described;

    // The kinds of rounds, which take turns.
    private readonly RoundTerms[] _rounds;

    /// <summary>Creates the description of a job.</summary>
    /// <param name="jobId">The identifier of the job, never used before.</param>
    /// <param name="authority">The authority that made the keys.</param>
    /// <param name="serverKey">
    /// The key that verifies the server's messages: <see cref="ServerIdentity.VerificationKey"/>.
    /// </param>
    /// <param name="roster">The clients of the job and their verification keys.</param>
    /// <param name="terms">The layout, the mask and the weighting.</param>
    /// <param name="initialModelDigest">
    /// The digest of the model that all clients start from: see <see cref="DigestOf"/>.
    /// </param>
    /// <param name="settings">The number of rounds, the number of clients in each and the deadlines.</param>
    /// <param name="maskTerms">The terms of the mask, for a job that agrees upon one; null for a job that trains.</param>
    /// <param name="protection">What the models of the job are encrypted under.</param>
    /// <param name="committee">The committee that opens sums, or null where the authority's key does. A committee needs round keys.</param>
    /// <param name="update">What clients encrypt, or null for models.</param>
    /// <exception cref="HeParameterException">
    /// Round keys of the precision of the terms, or of the integers, cannot serve that many clients per round.
    /// </exception>
    /// <exception cref="PrivacyRefusedException">The privacy terms do not fit the rest of the job; the error names what does not.</exception>
    /// <exception cref="ArgumentException">
    /// The settings contradict each other, and the message says how; server and authority have the same key; the committee has
    /// members that the roster lacks, or does not fit the protection, the authority or the clients per round; or the update terms do
    /// not fit the rest of the job.
    /// </exception>
    public FederationJob(
        Guid jobId,
        AuthorityInfo authority,
        VerificationKey serverKey,
        ClientRoster roster,
        AggregationTerms terms,
        Digest initialModelDigest,
        FederationSettings settings,
        MaskTerms? maskTerms = null,
        JobProtection protection = JobProtection.RoundKeys,
        CommitteeTerms? committee = null,
        UpdateTerms? update = null)
        : this(
            jobId,
            authority,
            serverKey,
            roster,
            terms,
            initialModelDigest,
            settings,
            maskTerms,
            PlanRoundKeys(protection, terms, settings, RequirePrivacy(update ?? new UpdateTerms(), terms, settings, protection, committee, maskTerms)),
            committee,
            update ?? new UpdateTerms())
    {
    }

    private FederationJob(
        Guid jobId,
        AuthorityInfo authority,
        VerificationKey serverKey,
        ClientRoster roster,
        AggregationTerms terms,
        Digest initialModelDigest,
        FederationSettings settings,
        MaskTerms? maskTerms,
        KeyAdditiveParameters? roundKeyParameters,
        CommitteeTerms? committee,
        UpdateTerms update)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(jobId, Guid.Empty);
        ArgumentNullException.ThrowIfNull(authority);
        ArgumentNullException.ThrowIfNull(serverKey);
        ArgumentNullException.ThrowIfNull(roster);
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Check() is string fault)
        {
            throw new ArgumentException(fault, nameof(settings));
        }

        if (serverKey.Equals(authority.VerificationKey))
        {
            throw Throw.ServerHasTheAuthoritysKey(nameof(serverKey));
        }

        if (CommitteeRules.Check(committee, authority, roster, roundKeyParameters) is string misfit)
        {
            throw new ArgumentException(misfit, nameof(committee));
        }

        if (UpdateRules.Check(update, terms, settings, roundKeyParameters, committee, maskTerms) is string unfit)
        {
            throw new ArgumentException(unfit, nameof(update));
        }

        if (UpdateRules.CheckRoster(update, roster) is PrivacyRefusedException refused)
        {
            throw refused;
        }

        JobId = jobId;
        Authority = authority;
        ServerKey = serverKey;
        Roster = roster;
        RoundKeyParameters = roundKeyParameters;
        Committee = committee;
        Terms = terms;
        InitialModelDigest = initialModelDigest;
        Settings = settings;
        MaskTerms = maskTerms;
        Update = update;
        _rounds = RoundTerms.Of(update, terms);
        var buffer = new ArrayBufferWriter<byte>();
        WriteTo(buffer);
        Digest = Digest.Compute(buffer.WrittenSpan);
        Epoch = new JobEpoch(JobEpoch.First, Digest, FirstRound: 1, Base: StartDigest);
    }

    private FederationJob(FederationJob before, JobEpoch epoch, ClientRoster roster, CommitteeTerms committee, KeyId keyId)
        : this(before)
    {
        _described = before._described ?? before;
        Authority = before.Authority with { KeyId = keyId };
        Roster = roster;
        Committee = committee;
        Epoch = epoch;
    }

    /// <summary>The identifier of the job.</summary>
    public Guid JobId { get; }

    /// <summary>The authority that made the keys, with their scheme and parameters.</summary>
    public AuthorityInfo Authority { get; }

    /// <summary>
    /// The key that verifies the server's messages. Clients ignore every message that is not signed with its private half.
    /// </summary>
    public VerificationKey ServerKey { get; }

    /// <summary>The clients of the job and their verification keys.</summary>
    public ClientRoster Roster { get; }

    /// <summary>What the models of the job are encrypted under.</summary>
    public JobProtection Protection => RoundKeyParameters is null ? JobProtection.Direct : JobProtection.RoundKeys;

    /// <summary>
    /// The parameters of the encryption under round keys, planned for the clients per round, or null where models are
    /// encrypted directly.
    /// </summary>
    public KeyAdditiveParameters? RoundKeyParameters { get; }

    /// <summary>The committee that opens the job's sums, or null where every holder of the authority's key can open them.</summary>
    public CommitteeTerms? Committee { get; }

    /// <summary>The layout, the mask and the weighting.</summary>
    public AggregationTerms Terms { get; }

    /// <summary>What clients encrypt.</summary>
    public UpdateTerms Update { get; }

    /// <summary>
    /// Uploads are encrypted and added up under these terms, which are <see cref="Terms"/> unless the updates are integers, squeezed, controlled, or the halves of adapters. Where
    /// halves take turns, they are the terms of round 1: see <see cref="UploadTermsOf"/>.
    /// </summary>
    public AggregationTerms UploadTerms => _rounds[0].Upload;

    /// <summary>Returns the terms under which the uploads of a round are encrypted and added up.</summary>
    /// <param name="round">The round, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The round is not positive.</exception>
    public AggregationTerms UploadTermsOf(int round) => TermsOf(round).Upload;

    /// <summary>Returns what travels in a round.</summary>
    internal RoundTerms TermsOf(int round)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(round);
        return _rounds[(round - 1) % _rounds.Length];
    }

    /// <summary>The kinds of rounds, which take turns from round 1 on.</summary>
    internal ReadOnlySpan<RoundTerms> KindsOfRounds => _rounds;

    /// <summary>The digest of the model that all clients start from.</summary>
    public Digest InitialModelDigest { get; }

    /// <summary>The number of rounds, the number of clients in each and the deadlines.</summary>
    public FederationSettings Settings { get; }

    /// <summary>The terms of the mask that the job agrees upon (see <see cref="MaskAgreement"/>), or null for a job that trains.</summary>
    public MaskTerms? MaskTerms { get; }

    /// <summary>The digest that names the model before the first round: of the chain, or of the model without round keys.</summary>
    internal Digest StartDigest => Protection == JobProtection.RoundKeys ? ModelChain.Start(Digest) : InitialModelDigest;

    /// <summary>The SHA-256 digest of the bytes that <see cref="WriteTo"/> writes, the same in every epoch.</summary>
    public Digest Digest { get; }

    /// <summary>
    /// The number of the epoch, from 1. In a job with a committee certificates begin later epochs, with another roster, other members and
    /// another group key; this description then has those of its epoch.
    /// </summary>
    public int EpochNumber => Epoch.Number;

    /// <summary>The epoch.</summary>
    internal JobEpoch Epoch { get; }

    /// <summary>Returns the job in its next epoch, which was checked.</summary>
    internal FederationJob In(JobEpoch epoch, ClientRoster roster, CommitteeTerms committee, KeyId keyId) => new(this, epoch, roster, committee, keyId);

    /// <summary>Computes the digest of a model's averaged values, without buffers.</summary>
    /// <param name="model">The model, in memory or of any size; all of its values are read once.</param>
    /// <exception cref="ModelValueException">A value is not finite or outside its tensor's bound.</exception>
    public static Digest DigestOf(IFlatModel model) => ModelDigest.Of(model);

    /// <summary>Writes the canonical bytes of the job as it was described, in its first epoch.</summary>
    /// <param name="destination">Receives the bytes.</param>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        if (_described is not null)
        {
            _described.WriteTo(destination);
            return;
        }

        var payload = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(payload);
        writer.WriteGuid(JobId);
        writer.WriteString(Authority.SchemeName);
        writer.WriteKeyId(Authority.KeyId);
        writer.WriteBytes(Authority.VerificationKey.Encoded);
        writer.WriteBytes(ServerKey.Encoded);
        Roster.Write(writer);
        WriteRoundKeyParameters(writer);
        CommitteeTerms.Write(Committee, writer);
        writer.WriteDigest(InitialModelDigest);
        Settings.Write(writer);
        MaskTerms.Write(MaskTerms, writer);
        Update.Write(writer);
        Terms.WriteTo(payload);
        writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.FederationJob, Authority.ParametersId, payload.WrittenCount);
        writer.WriteBytes(payload.WrittenSpan);
    }

    /// <summary>Tries to parse exactly one job from untrusted bytes.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="parametersId">The parameters that the job must be for.</param>
    /// <param name="limits">The largest encoded length, and the largest number of elements in the model.</param>
    /// <param name="job">The job.</param>
    /// <param name="reason">The reason why the bytes were refused.</param>
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
        VerificationKey? authorityKey = ReadKey(ref reader);
        VerificationKey? serverKey = ReadKey(ref reader);
        reader.Require(authorityKey is null || !authorityKey.Equals(serverKey), FormatError.Inconsistent);
        ClientRoster? roster = ClientRoster.Read(ref reader);
        KeyAdditiveParameters? roundKeys = ReadRoundKeyParameters(ref reader);
        CommitteeTerms? committee = CommitteeTerms.Read(ref reader);
        Digest initialModelDigest = reader.ReadDigest();
        FederationSettings settings = FederationSettings.Read(ref reader);
        MaskTerms? maskTerms = MaskTerms.Read(ref reader);
        UpdateTerms? update = UpdateTerms.Read(ref reader);
        ReadOnlySpan<byte> termsBytes = reader.ReadBytes(reader.Remaining);
        reason = reader.Error;
        if (reader.Failed || !AggregationTerms.TryRead(termsBytes, limits, out AggregationTerms? terms, out reason))
        {
            return false;
        }

        var authority = new AuthorityInfo(schemeName, parametersId, keyId, authorityKey!);
        if (CommitteeRules.Check(committee, authority, roster!, roundKeys) is not null || UpdateRules.Check(update!, terms, settings, roundKeys, committee, maskTerms) is not null
            || UpdateRules.CheckPrivacy(
                update!, terms, settings, roundKeys is null ? JobProtection.Direct : JobProtection.RoundKeys, committee, maskTerms) is not null
            || UpdateRules.CheckRoster(update!, roster!) is not null)
        {
            reason = FormatError.Inconsistent;
            return false;
        }

        job = new FederationJob(jobId, authority, serverKey!, roster!, terms, initialModelDigest, settings, maskTerms, roundKeys, committee, update!);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(FederationJob? other) => other is not null && Digest == other.Digest && Epoch == other.Epoch;

    /// <inheritdoc/>
    public override int GetHashCode() => Digest.GetHashCode();

    private static UpdateTerms RequirePrivacy(
        UpdateTerms update,
        AggregationTerms terms,
        FederationSettings settings,
        JobProtection protection,
        CommitteeTerms? committee,
        MaskTerms? maskTerms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(settings);
        return UpdateRules.CheckPrivacy(update, terms, settings, protection, committee, maskTerms) is PrivacyRefusedException refused ? throw refused : update;
    }

    /// <summary>Plans round keys for the clients per round: for the integers of the update terms, or with the precision of the terms or else 24 bits.</summary>
    private static KeyAdditiveParameters? PlanRoundKeys(JobProtection protection, AggregationTerms terms, FederationSettings settings, UpdateTerms update)
    {
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(settings);
        if (!Enum.IsDefined(protection))
        {
            throw new ArgumentOutOfRangeException(nameof(protection));
        }

        return protection == JobProtection.Direct || settings.Check() is not null
            ? null
            : update.Integers is IntegerTerms integers ? PlanRoundKeys(settings.ClientsPerRound, integers)
            : PlanRoundKeys(settings.ClientsPerRound, terms.Precision?.Bits ?? DefaultPrecisionBits);
    }

    /// <summary>Plans the round keys of a job, for a group-key authority, which must know them before the job is described.</summary>
    /// <param name="settings">The settings of the job.</param>
    /// <param name="terms">The terms of the job, whose precision counts where updates are no integers.</param>
    /// <param name="update">What clients encrypt, or null for models.</param>
    /// <exception cref="HeParameterException">
    /// Round keys of the precision of the terms, or of the integers, cannot serve that many clients per round.
    /// </exception>
    /// <exception cref="ArgumentException">The settings contradict each other, and the message says how.</exception>
    public static KeyAdditiveParameters PlanRoundKeys(FederationSettings settings, AggregationTerms terms, UpdateTerms? update = null)
        => PlanRoundKeys(JobProtection.RoundKeys, terms, settings, update ?? new UpdateTerms()) ?? throw new ArgumentException(settings.Check(), nameof(settings));

    /// <summary>Plans round keys for a number of clients per round.</summary>
    internal static KeyAdditiveParameters PlanRoundKeys(int clientsPerRound, int precisionBits = DefaultPrecisionBits)
        => KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(clientsPerRound, precisionBits));

    private static KeyAdditiveParameters PlanRoundKeys(int clientsPerRound, IntegerTerms integers) => KeyAdditiveParameters.Plan(
        new KeyAdditiveRequirements(clientsPerRound, IntegerUpdates.BitsOf(integers.Bound)) { Encoding = KeyAdditiveEncoding.ExactIntegers });

    private void WriteRoundKeyParameters(WireWriter writer)
    {
        var bytes = new ArrayBufferWriter<byte>();
        RoundKeyParameters?.WriteTo(bytes);
        writer.WriteBytesWithLength(bytes.WrittenSpan);
    }

    private static KeyAdditiveParameters? ReadRoundKeyParameters(ref WireReader reader)
    {
        ReadOnlySpan<byte> bytes = reader.ReadBytesWithLength();
        if (bytes.IsEmpty)
        {
            return null;
        }

        try
        {
            return KeyAdditiveParameters.Read(bytes);
        }
        catch (HeException refused)
        {
            reader.Fail((refused as HeFormatException)?.Error ?? FormatError.FieldOutOfRange);
            return null;
        }
    }

    private static VerificationKey? ReadKey(ref WireReader reader)
    {
        bool isKey = VerificationKey.TryParse(reader.ReadBytes(VerificationKey.SizeInBytes), out VerificationKey? key);
        reader.Require(isKey, FormatError.FieldOutOfRange);
        return key;
    }
}
