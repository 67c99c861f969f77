using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Encryption;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Threshold.KeyGeneration;
using FedHe.Crypto.Ckks.Threshold.Keys;
using FedHe.Crypto.Ckks.Threshold.Opening;
using FedHe.Crypto.Ckks.Threshold.Parameters;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.Threshold;

/// <summary>
/// A threshold context makes keys that no party knows whole, encrypts exact integers under them, and opens sums with the answers of as
/// many parties as the parameters ask for. It is thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// Contributors are semi-honest: one that is not learns the secret key from one opening. Nothing proves that a contribution to a key
/// or to a sum is well formed, and an opening of a vector that holds a multiple of c1 alone is a function of the key. FedHe's
/// federations therefore never use threshold encryption; it is for small vectors among parties that follow the protocol.
/// </para>
/// <para>
/// Every message needs a channel that proves its sender, and a dealt share one that nobody else reads. Sources: Mouchet,
/// Troncoso-Pastoriza, Bossuat and Hubaux, ePrint 2020/304; Mouchet, Bertrand and Hubaux, ePrint 2022/780; FedML-HE, appendix B.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// var he = new ThresholdContext(ThresholdParameters.Plan(new ThresholdRequirements(
///     Parties: 2, Threshold: 2, PrecisionBits: 12, LargestTotalWeight: 2)));
/// Digest session = Digest.Compute("hospital study, key 1"u8);
///
/// // Each party runs its own; here both run in one process.
/// using KeyGenerationParty first = he.BeginKeyGeneration(session, party: 1);
/// using KeyGenerationParty second = he.BeginKeyGeneration(session, party: 2);
/// KeyGenerationMessage[] messages = [first.CommitToSeed(), second.CommitToSeed()];
/// messages = [first.RevealSeed(messages), second.RevealSeed(messages)];
/// messages = [first.CommitToContribution(messages), second.CommitToContribution(messages)];
/// messages = [first.RevealContribution(messages), second.RevealContribution(messages)];
/// using ThresholdKeys firstKeys = first.Complete(messages);
/// using ThresholdKeys secondKeys = second.Complete(messages);
///
/// double[] values = [0.5, -0.25];
/// using EncryptedVector left = he.CreateEncryptor(firstKeys.PublicKey).Encrypt(values, maxAbs: 1);
/// using EncryptedVector right = he.CreateEncryptor(secondKeys.PublicKey).Encrypt(values, maxAbs: 1);
/// using EncryptedVector sum = he.Public.Evaluator.Add(left, right);
///
/// // What a ledger hands out is appended to its file, before an answer is sent.
/// using var file = new MemoryStream();
/// OpeningLedger firstLedger = he.BeginLedger(firstKeys.Share, bytes => file.Write(bytes.Span));
/// using var otherFile = new MemoryStream();
/// OpeningLedger secondLedger = he.BeginLedger(secondKeys.Share, bytes => otherFile.Write(bytes.Span));
/// var both = new PartySet(1, 2);
/// using PartialDecryption firstAnswer = he.CreatePartialDecryptor(firstKeys.Share, firstLedger).Decrypt(sum, both);
/// using PartialDecryption secondAnswer = he.CreatePartialDecryptor(secondKeys.Share, secondLedger).Decrypt(sum, both);
/// he.Fuse(sum, [firstAnswer, secondAnswer], values); // exactly 1 and -0.5
/// </code>
/// </example>
public sealed class ThresholdContext
{
    private readonly CkksRing _ring;
    private readonly EncryptionRandomSource _random;

    /// <summary>Creates a context of the given parameters.</summary>
    /// <param name="parameters">The planned parameters.</param>
    /// <param name="options">Options of the context, or null for the defaults.</param>
    public ThresholdContext(ThresholdParameters parameters, HeContextOptions? options = null)
        : this(parameters, options, RandomSource.System.For((options ?? HeContextOptions.Default).RandomnessSecret.Span))
    {
    }

    internal ThresholdContext(ThresholdParameters parameters, HeContextOptions? options, EncryptionRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Parameters = parameters;
        _ring = new CkksRing(parameters.Encryption, (options ?? HeContextOptions.Default).MaxDegreeOfParallelism);
        _random = random;
        Public = new CkksPublicContext(_ring);
    }

    /// <summary>The parameters of the context.</summary>
    public ThresholdParameters Parameters { get; }

    /// <summary>The public part of the context, which adds and reads vectors. No key is reachable from it.</summary>
    public HePublicContext Public { get; }

    /// <summary>The ring of the vectors.</summary>
    internal CkksRing Ring => _ring;

    /// <summary>Begins the generation of a key for one party.</summary>
    /// <param name="session">A name of this generation, the same for all parties and new for every key.</param>
    /// <param name="party">The number of the party, from 1 to the number of parties.</param>
    /// <param name="exportPolicy">The forms in which the share may ever be exported.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such party.</exception>
    public KeyGenerationParty BeginKeyGeneration(
        Digest session, int party, SecretKeyExportPolicy exportPolicy = SecretKeyExportPolicy.None)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(party, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(party, Parameters.Parties);
        return new KeyGenerationParty(_ring, Parameters, _random, session, party, exportPolicy);
    }

    /// <summary>Creates an encryptor for a public key.</summary>
    /// <param name="key">The key, which must not be disposed before the encryptor is last used.</param>
    /// <exception cref="HeMismatchException">The key belongs to other parameters.</exception>
    public IEncryptor CreateEncryptor(ThresholdPublicKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        CheckParameters(key.ParametersId);
        return new CkksPublicKeyEncryptor(_ring, key.Sum, _random);
    }

    /// <summary>Begins the ledger of a share that never answered.</summary>
    /// <param name="share">The share.</param>
    /// <param name="append">
    /// Stores bytes behind all bytes before, durably, or throws. It is called at once, and then before every answer is computed.
    /// </param>
    /// <exception cref="HeMismatchException">The share belongs to other parameters.</exception>
    /// <exception cref="InvalidOperationException">The share has a ledger already.</exception>
    public OpeningLedger BeginLedger(ThresholdKeyShare share, Action<ReadOnlyMemory<byte>> append)
    {
        ArgumentNullException.ThrowIfNull(share);
        ArgumentNullException.ThrowIfNull(append);
        CheckParameters(share.ParametersId);
        return share.TryTakeLedger() ? OpeningLedger.Begin(Parameters, share, append) : throw Throw.SecondLedger();
    }

    /// <summary>Restores the ledger of a share that was imported again, from everything that the ledger handed out.</summary>
    /// <param name="share">The share.</param>
    /// <param name="source">All bytes of the ledger. A last record that was cut off belongs to no answer: leave it out.</param>
    /// <param name="append">As in <see cref="BeginLedger"/>; it is not called for what is restored.</param>
    /// <param name="ledger">The ledger.</param>
    /// <param name="reason">The reason of a refusal, or <see cref="FormatError.None"/>.</param>
    /// <returns>Whether the bytes were the ledger of this share.</returns>
    /// <exception cref="HeMismatchException">The share belongs to other parameters.</exception>
    /// <exception cref="InvalidOperationException">The share has a ledger already.</exception>
    public bool TryRestoreLedger(
        ThresholdKeyShare share,
        ReadOnlySpan<byte> source,
        Action<ReadOnlyMemory<byte>> append,
        [NotNullWhen(true)] out OpeningLedger? ledger,
        out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(share);
        ArgumentNullException.ThrowIfNull(append);
        CheckParameters(share.ParametersId);
        bool isRestored = OpeningLedger.TryRestore(Parameters, share, source, append, out ledger, out reason);
        return !isRestored || share.TryTakeLedger() ? isRestored : throw Throw.SecondLedger();
    }

    /// <summary>Creates a partial decryptor for a share and its ledger.</summary>
    /// <param name="share">The share, which must not be disposed before the decryptor is last used.</param>
    /// <param name="ledger">The ledger of the share.</param>
    /// <exception cref="HeMismatchException">The share belongs to other parameters, or the ledger to another share.</exception>
    /// <exception cref="ObjectDisposedException">The share was disposed.</exception>
    public PartialDecryptor CreatePartialDecryptor(ThresholdKeyShare share, OpeningLedger ledger)
    {
        ArgumentNullException.ThrowIfNull(share);
        ArgumentNullException.ThrowIfNull(ledger);
        ObjectDisposedException.ThrowIf(share.IsDisposed, share);
        CheckParameters(share.ParametersId);
        return ledger.KeyId == share.KeyId && ledger.Party == share.Party
            ? new PartialDecryptor(_ring, Parameters, share, ledger, _random)
            : throw Throw.KeyMismatch();
    }

    /// <summary>Opens a vector with the answers of all parties of a set.</summary>
    /// <param name="vector">The vector that they answered for.</param>
    /// <param name="answers">The answers, one from each party, in any order.</param>
    /// <param name="destination">Receives exactly the sums of the rounded values; zeros where the opening is refused.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    /// <exception cref="HeMismatchException">
    /// The vector belongs to other parameters, the answers are not one from each party of one set for this vector, or they open it to no
    /// sum of values.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The vector or an answer was disposed.</exception>
    public void Fuse(EncryptedVector vector, IReadOnlyCollection<PartialDecryption> answers, Span<double> destination)
    {
        ArgumentNullException.ThrowIfNull(answers);
        CkksVector own = VectorGuard.Check<CkksVector>(_ring.Parameters, vector);
        ValueGuard.CheckDestination(vector, destination);
        if (own.Form != VectorForm.Full)
        {
            throw Throw.VectorNotUnderPublicKey();
        }

        new Fusion(_ring, Parameters).Fuse(own, answers, destination);
    }

    /// <summary>Parses a public key from untrusted bytes.</summary>
    /// <param name="source">The bytes of exactly one key.</param>
    /// <param name="key">The key, which the caller disposes.</param>
    /// <param name="reason">The reason of a refusal, or <see cref="FormatError.None"/>.</param>
    /// <returns>Whether the bytes were a key of these parameters.</returns>
    public bool TryReadPublicKey(
        ReadOnlySpan<byte> source, [NotNullWhen(true)] out ThresholdPublicKey? key, out FormatError reason)
    {
        key = ThresholdPublicKey.TryRead(Parameters, _ring, source, out reason);
        return key is not null;
    }

    /// <summary>Parses a message of a key generation from untrusted bytes.</summary>
    /// <param name="source">The bytes of exactly one message.</param>
    /// <param name="message">The message.</param>
    /// <param name="reason">The reason of a refusal, or <see cref="FormatError.None"/>.</param>
    /// <returns>Whether the bytes were a message of these parameters.</returns>
    public bool TryReadMessage(
        ReadOnlySpan<byte> source, [NotNullWhen(true)] out KeyGenerationMessage? message, out FormatError reason)
    {
        message = KeyGenerationMessage.TryRead(Parameters, _ring, source, out reason);
        return message is not null;
    }

    /// <summary>Parses a dealt share from untrusted bytes, which the caller zeroes.</summary>
    /// <param name="source">The bytes of exactly one share.</param>
    /// <param name="share">The share, which the caller disposes.</param>
    /// <param name="reason">The reason of a refusal, or <see cref="FormatError.None"/>.</param>
    /// <returns>Whether the bytes were a share of these parameters.</returns>
    public bool TryReadDealtShare(ReadOnlySpan<byte> source, [NotNullWhen(true)] out DealtShare? share, out FormatError reason)
    {
        share = DealtShare.TryRead(Parameters, _ring, source, out reason);
        return share is not null;
    }

    /// <summary>Parses a partial decryption from untrusted bytes.</summary>
    /// <param name="source">The bytes of exactly one answer.</param>
    /// <param name="limits">Sizes above which the answer is refused.</param>
    /// <param name="answer">The answer, which the caller disposes.</param>
    /// <param name="reason">The reason of a refusal, or <see cref="FormatError.None"/>.</param>
    /// <returns>Whether the bytes were an answer of these parameters.</returns>
    public bool TryReadPartialDecryption(
        ReadOnlySpan<byte> source, WireLimits limits, [NotNullWhen(true)] out PartialDecryption? answer, out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(limits);
        answer = PartialDecryption.TryRead(_ring, Parameters, source, limits, out reason);
        return answer is not null;
    }

    /// <summary>Parses a key share that <see cref="SecretKey.ExportClear"/> wrote.</summary>
    /// <param name="source">The bytes of exactly one share.</param>
    /// <param name="exportPolicy">The forms in which the share may be exported from now on.</param>
    /// <param name="share">The share, which the caller disposes.</param>
    /// <param name="reason">The reason of a refusal, or <see cref="FormatError.None"/>.</param>
    /// <returns>Whether the bytes were a share of these parameters.</returns>
    public bool TryImportKeyShare(
        ReadOnlySpan<byte> source,
        SecretKeyExportPolicy exportPolicy,
        [NotNullWhen(true)] out ThresholdKeyShare? share,
        out FormatError reason)
    {
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.SecretKey, Parameters.Id, source.Length);
        KeyId keyId = reader.ReadKeyId();
        ReadOnlySpan<byte> material = reader.ReadBytes(ThresholdKeyShare.MaterialLengthOf(_ring));
        reader.ExpectEnd();
        reason = reader.Error;
        share = reader.Failed ? null : ThresholdKeyShare.Read(_ring, Parameters, keyId, material, exportPolicy, out reason);
        return share is not null;
    }

    /// <summary>Decrypts a key share that <see cref="SecretKey.ExportProtected"/> wrote, and refuses a wrong password.</summary>
    /// <param name="source">The bytes of exactly one share.</param>
    /// <param name="password">The password that the share was exported under.</param>
    /// <param name="exportPolicy">The forms in which the share may be exported from now on.</param>
    /// <param name="share">The share, which the caller disposes.</param>
    /// <param name="reason">The reason of a refusal, or <see cref="FormatError.None"/>.</param>
    /// <returns>Whether the bytes were a share of these parameters.</returns>
    public bool TryImportProtectedKeyShare(
        ReadOnlySpan<byte> source,
        ReadOnlySpan<char> password,
        SecretKeyExportPolicy exportPolicy,
        [NotNullWhen(true)] out ThresholdKeyShare? share,
        out FormatError reason)
    {
        byte[] material = SecretMemory.Allocate<byte>(ThresholdKeyShare.MaterialLengthOf(_ring));
        try
        {
            reason = PasswordProtection.TryRead(source, Parameters.Id, password, material, out KeyId keyId);
            share = reason == FormatError.None
                ? ThresholdKeyShare.Read(_ring, Parameters, keyId, material, exportPolicy, out reason)
                : null;
            return share is not null;
        }
        finally
        {
            SecretMemory.Zero<byte>(material);
        }
    }

    private void CheckParameters(Digest parametersId)
    {
        if (parametersId != Parameters.Id)
        {
            throw Throw.ParametersMismatch();
        }
    }
}
