using System.Security.Cryptography;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Protection;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Benchmarks.Rounds;

/// <summary>Authority parties protect round keys under the key of a scheme, which all clients have.</summary>
internal sealed class AuthorityParties : IRoundKeyParties
{
    private static readonly Guid JobId = new("5f2e5a86-7b1f-4f0a-9a53-0d9f3f2f9a04");
    private static readonly Digest JobDigest = Digest.Compute("benchmark"u8);
    private static readonly Attempt Attempt = new(JobDigest, Round: 1, Number: 1, ReferenceWeight: 1, Base: default);

    private readonly RoundParties _parties;
    private readonly IEncryptor _outer;
    private readonly OuterKeyProtector _protector;

    public AuthorityParties(RoundParties parties, AggregationTerms terms, int clients, RoundPrecision precision)
    {
        KeyAdditiveParameters parameters = KeyAdditiveParameters.Plan(
            new KeyAdditiveRequirements(clients, precision.Bits)
            {
                Encoding = precision.IsExact ? KeyAdditiveEncoding.ExactIntegers : KeyAdditiveEncoding.FixedPoint,
            });
        _parties = parties;
        Protocol = new RoundKeyProtocol(parameters, parties.Public, terms);
        Inner = new KeyAdditiveContext(parameters, Protocol.Options);
        _outer = parties.CreateEncryptor();
        _protector = new OuterKeyProtector(Inner, parties.Public, _outer);
        var verifier = new KeySumVerifier(Protocol, Inner, parties.CreateDecryptor(), _outer.KeyId, _outer.Form);
        Opener = new AggregateOpener(Protocol, Inner, verifier, TagKey, JobId, JobDigest, epoch: 1);
    }

    public RoundKeyProtocol Protocol { get; }

    public KeyAdditiveContext Inner { get; }

    public TagKey TagKey { get; } = new(RandomNumberGenerator.GetBytes(TagKey.SizeInBytes));

    public AggregateOpener Opener { get; }

    public Attempt Begin() => Attempt;

    public UploadSlot SlotOf(int client) => new(JobId, round: 1, attempt: 1, new ClientId($"client-{client}"));

    public IKeyProtector ProtectorOf(int client) => _protector;

    public IKeySums CreateSums() => new OuterKeySums(_parties.Public, Protocol.Parameters.Degree, _outer.KeyId);

    public byte[] Complete(AttemptSum sum, out double memberMs)
    {
        memberMs = 0;
        using CompletedSum completed = sum.Complete();
        return completed.ToBytes().ToMemory().ToArray();
    }

    public double ProtectMs() => Timing.Milliseconds(() =>
    {
        var protection = new RoundKeyProtection(Inner, _parties.Public, _outer.Form);
        using RoundKey key = Inner.GenerateRoundKey(Attempt.PublicSeed);
        using EncryptedVector first = protection.Encrypt(key, _outer);
        using EncryptedVector second = protection.Encrypt(key, _outer);
        using EncryptedVector sum = _parties.Public.Evaluator.Add(first, second);
        using RoundKeySum opened = protection.Decrypt(sum, _parties.CreateDecryptor(), Attempt.PublicSeed, contributors: 2);
    });

    public void Dispose() => TagKey.Dispose();
}
