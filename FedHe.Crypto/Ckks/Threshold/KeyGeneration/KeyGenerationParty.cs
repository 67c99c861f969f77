using System.Buffers;
using FedHe.Crypto.Ckks.Keys;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Threshold.Keys;
using FedHe.Crypto.Ckks.Threshold.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.Threshold.KeyGeneration;

/// <summary>
/// A key-generation party goes through the generation of a threshold key with all other parties: four messages to all, and where fewer
/// than all open a sum, one share to each. It is not thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// The steps are <see cref="CommitToSeed"/>, <see cref="RevealSeed"/>, <see cref="CommitToContribution"/>,
/// <see cref="RevealContribution"/>, <see cref="Deal"/> for every other party where <see cref="Deals"/>, and <see cref="Complete"/>. Each takes what
/// all parties sent in the step before, the own message among them.
/// </para>
/// <para>
/// No party chooses the common polynomial, because all commit to their parts of its seed first; no party chooses its contribution
/// after it saw another. Contributors are semi-honest: one that is not learns the secret key from one opening.
/// </para>
/// Source: Mouchet, Troncoso-Pastoriza, Bossuat and Hubaux, ePrint 2020/304, section 4.1.
/// </remarks>
public sealed class KeyGenerationParty : IDisposable
{
    private readonly CkksRing _ring;
    private readonly ThresholdParameters _parameters;
    private readonly EncryptionRandomSource _random;
    private readonly SecretKeyExportPolicy _exportPolicy;
    private readonly Transcript _transcript;
    private readonly byte[] _seedPart = SecretMemory.Allocate<byte>(Seed.SizeInBytes);
    private KeyGenerationStep _next = KeyGenerationStep.SeedCommitment;
    private KeyGenerationMessage? _own;
    private KeyGenerationMessage? _pending;
    private FixedPolynomial? _secret;
    private ShareDealer? _dealer;
    private Digest _context;
    private Seed _seed;
    private bool _isEnded;

    internal KeyGenerationParty(
        CkksRing ring,
        ThresholdParameters parameters,
        EncryptionRandomSource random,
        Digest session,
        int party,
        SecretKeyExportPolicy exportPolicy)
    {
        _ring = ring;
        _parameters = parameters;
        _random = random;
        _exportPolicy = exportPolicy;
        _transcript = new Transcript(parameters.Id, session, parameters.Parties);
        Session = session;
        Party = party;
    }

    /// <summary>Zeroes everything secret if the owner did not dispose the party.</summary>
    ~KeyGenerationParty() => Zero();

    /// <summary>The session, which names one generation of a key for all parties.</summary>
    public Digest Session { get; }

    /// <summary>The number of this party, from 1 on.</summary>
    public int Party { get; }

    /// <summary>Whether the party deals shares, as it does unless all parties are needed to open a sum.</summary>
    public bool Deals => !_parameters.NeedsAll;

    /// <summary>Draws the own part of the common seed and commits to it.</summary>
    /// <exception cref="InvalidOperationException">The step was taken already, or failed.</exception>
    /// <exception cref="ObjectDisposedException">The party was disposed.</exception>
    public KeyGenerationMessage CommitToSeed()
    {
        Begin(KeyGenerationStep.SeedCommitment);
        _random.Fill(_seedPart);
        _context = _transcript.Hash;
        _pending = Message(KeyGenerationStep.SeedReveal, _seedPart);
        return Commit(KeyGenerationStep.SeedCommitment);
    }

    /// <summary>Reveals the own part of the common seed, after every party has committed to its part.</summary>
    /// <param name="commitments">The seed commitments of all parties.</param>
    /// <exception cref="HeMismatchException">The messages are not one of this step from every party.</exception>
    /// <exception cref="InvalidOperationException">The step before was not taken, or this step was taken already or failed.</exception>
    /// <exception cref="ObjectDisposedException">The party was disposed.</exception>
    public KeyGenerationMessage RevealSeed(IReadOnlyCollection<KeyGenerationMessage> commitments)
    {
        Begin(KeyGenerationStep.SeedReveal);
        _transcript.Add(KeyGenerationStep.SeedCommitment, commitments, _own!);
        return Continue(_pending!);
    }

    /// <summary>Draws the own part of the secret key, and commits to the contribution to the public key.</summary>
    /// <param name="reveals">What all parties revealed.</param>
    /// <exception cref="HeMismatchException">
    /// The messages are not one of this step from every party, or a party reveals what it did not commit to.
    /// </exception>
    /// <exception cref="InvalidOperationException">The step before was not taken, or this step was taken already or failed.</exception>
    /// <exception cref="ObjectDisposedException">The party was disposed.</exception>
    public KeyGenerationMessage CommitToContribution(IReadOnlyCollection<KeyGenerationMessage> reveals)
    {
        Begin(KeyGenerationStep.ContributionCommitment);
        _transcript.AddRevealed(KeyGenerationStep.SeedReveal, reveals, _own!, _context);
        _context = _transcript.Hash;
        _seed = SeedOf(_context);
        DrawSecret();
        _pending = Contribution();
        return Commit(KeyGenerationStep.ContributionCommitment);
    }

    /// <summary>Reveals the contribution to the public key, after every party has committed to its own.</summary>
    /// <param name="commitments">The contribution commitments of all parties.</param>
    /// <exception cref="HeMismatchException">The messages are not one of this step from every party.</exception>
    /// <exception cref="InvalidOperationException">The step before was not taken, or this step was taken already or failed.</exception>
    /// <exception cref="ObjectDisposedException">The party was disposed.</exception>
    public KeyGenerationMessage RevealContribution(IReadOnlyCollection<KeyGenerationMessage> commitments)
    {
        Begin(KeyGenerationStep.Contribution);
        _transcript.Add(KeyGenerationStep.ContributionCommitment, commitments, _own!);
        return Continue(_pending!);
    }

    /// <summary>Returns the share for another party, as the contribution has announced it, until the generation is complete.</summary>
    /// <param name="recipient">The number of the other party.</param>
    /// <returns>The share, which the caller sends over a confidential channel and disposes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no other party of this number.</exception>
    /// <exception cref="InvalidOperationException">
    /// The contribution was not revealed yet, or all parties are needed, so that none deals shares.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The party was disposed.</exception>
    public DealtShare Deal(int recipient)
    {
        ObjectDisposedException.ThrowIf(_isEnded, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(recipient, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(recipient, _parameters.Parties);
        ArgumentOutOfRangeException.ThrowIfEqual(recipient, Party);
        DealtShare share = _dealer is not null && _own?.Step == KeyGenerationStep.Contribution
            ? _dealer.Deal(_parameters, Session, Party, recipient, _secret!)
            : throw Throw.KeyGenerationOutOfOrder();

        // The finalizer would zero what the share is computed from.
        GC.KeepAlive(this);
        return share;
    }

    /// <summary>Makes the public key and the own share, and ends the generation.</summary>
    /// <param name="contributions">The contributions of all parties.</param>
    /// <param name="deals">The shares that every other party dealt to this one; none where all parties are needed.</param>
    /// <returns>The keys, which the caller disposes.</returns>
    /// <exception cref="HeMismatchException">
    /// The messages are not one of this step from every party, a party reveals what it did not commit to or what is no contribution, or
    /// deals another share than it announced.
    /// </exception>
    /// <exception cref="InvalidOperationException">The step before was not taken, or this step failed.</exception>
    /// <exception cref="ObjectDisposedException">The party was disposed, or has completed.</exception>
    public ThresholdKeys Complete(
        IReadOnlyCollection<KeyGenerationMessage> contributions, IReadOnlyCollection<DealtShare>? deals = null)
    {
        Begin((KeyGenerationStep)((int)KeyGenerationStep.Contribution + 1));
        _transcript.AddRevealed(KeyGenerationStep.Contribution, contributions, _own!, _context);
        ThresholdPublicKey publicKey = SumOfContributions();
        FixedPolynomial share = ShareSum.Of(_ring, _parameters, Party, _transcript.Last, OwnShares(), deals ?? []);
        var keys = new ThresholdKeys(
            publicKey, ThresholdKeyShare.Create(_ring, _parameters, publicKey.KeyId, Party, share, _exportPolicy));
        Dispose();
        return keys;
    }

    /// <summary>Zeroes everything secret.</summary>
    public void Dispose()
    {
        Zero();
        GC.SuppressFinalize(this);
    }

    private void Zero()
    {
        _isEnded = true;
        SecretMemory.Zero<byte>(_seedPart);
        _secret?.Zero();
        _dealer?.Dispose();
    }

    /// <summary>Enters a step that no failure may repeat.</summary>
    private void Begin(KeyGenerationStep step)
    {
        ObjectDisposedException.ThrowIf(_isEnded, this);
        if (_next != step)
        {
            throw Throw.KeyGenerationOutOfOrder();
        }

        // Until the step has succeeded, there is no next one.
        _next = default;
    }

    private KeyGenerationMessage Commit(KeyGenerationStep step)
    {
        Span<byte> commitment = stackalloc byte[Digest.SizeInBytes];
        _pending!.CommitmentTo(_context).CopyTo(commitment);
        return Continue(Message(step, commitment));
    }

    private KeyGenerationMessage Continue(KeyGenerationMessage message)
    {
        _own = message;
        _next = message.Step + 1;
        return message;
    }

    private KeyGenerationMessage Message(KeyGenerationStep step, ReadOnlySpan<byte> content)
        => new(_parameters.Id, Session, step, Party, content);

    private static Seed SeedOf(Digest transcript)
    {
        ReadOnlySpan<byte> label = "FedHe threshold polynomial 1"u8;
        Span<byte> bytes = stackalloc byte[label.Length + Digest.SizeInBytes];
        label.CopyTo(bytes);
        transcript.CopyTo(bytes[label.Length..]);
        Span<byte> seed = stackalloc byte[Digest.SizeInBytes];
        Digest.Compute(bytes).CopyTo(seed);
        return Seed.Read(seed);
    }

    private void DrawSecret()
    {
        sbyte[] secret = SecretMemory.Allocate<sbyte>(_ring.Degree);
        try
        {
            new SecretSampler(_random).Ternary(secret);
            _secret = CkksSecretKey.Transform(_ring, secret);
        }
        finally
        {
            SecretMemory.Zero<sbyte>(secret);
        }

        _dealer = Deals ? new ShareDealer(_ring, _parameters.Threshold, _random) : null;
    }

    private KeyGenerationMessage Contribution()
    {
        var content = new ArrayBufferWriter<byte>(
            KeyGenerationMessage.ContentLength(_parameters, _ring, KeyGenerationStep.Contribution));
        CkksPublicKey.WriteSecond(_ring, _seed, _secret!, _random, content);
        if (_dealer is not null)
        {
            var writer = new WireWriter(content);
            for (int recipient = 1; recipient <= _parameters.Parties; recipient++)
            {
                using DealtShare share = _dealer.Deal(_parameters, Session, Party, recipient, _secret!);
                writer.WriteDigest(share.ComputeDigest());
            }
        }

        return Message(KeyGenerationStep.Contribution, content.WrittenSpan);
    }

    private ThresholdPublicKey SumOfContributions()
    {
        byte[] payload = ContributionSum.Of(_ring, _seed, _transcript.Last);
        return ThresholdPublicKey.Create(_parameters, _ring, _transcript.Hash, payload, out _) ?? throw Throw.ImplausibleSum();
    }

    private OwnShares OwnShares()
    {
        DealtShare? own = _dealer?.Deal(_parameters, Session, Party, Party, _secret!);
        return new OwnShares(Session, _secret!, own);
    }
}
