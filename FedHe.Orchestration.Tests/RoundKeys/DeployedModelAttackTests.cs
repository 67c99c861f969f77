using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Protection;
using FedHe.Crypto.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Sums;

namespace FedHe.Orchestration.Tests.RoundKeys;

/// <summary>
/// Who has the messages of a round and the deployed model computes the job's secret key in the direct mode, and nothing
/// under round keys. The attacker has no key of anybody.
/// </summary>
public sealed class DeployedModelAttackTests
{
    private const int Degree = 4096;
    private const int Clients = 3;

    private static readonly ModelLayout Layout = new(new TensorSpec("w", ElementType.Float64, [Degree], 1));
    private static readonly AggregationTerms Terms = new(Layout, EncryptionMask.All(Layout), Weighting.Clear, maxWeight: 10);
    private static readonly Guid JobId = new("5a3fd6ba-7d4c-4f7f-8f51-0a9de2a5d1b7");

    [Theory]
    [InlineData(0.3)]
    [InlineData(1e-4)]
    public void DeployedModel_OfADirectJob_GivesTheSecretKeyAway(double magnitude)
    {
        using HeContext context = new CkksScheme().CreateContext(CkksParameters.Aggregation);
        using KeyPair keys = context.GenerateKeyPair(SecretKeyExportPolicy.Clear);
        var encryptor = new UpdateEncryptor(context.CreateEncryptor(keys.SecretKey), context.Public, Terms);
        using var aggregator = new UpdateAggregator(context.Public, Terms);
        for (int i = 0; i < Clients; i++)
        {
            using EncryptedModelUpdate update = encryptor.Encrypt(Model(i, magnitude), weight: 3, Slot(i));
            aggregator.FoldIn(update);
        }

        using EncryptedAggregate aggregate = aggregator.Complete();
        double[] deployed = Deploy(new AggregateDecryptor(context.CreateDecryptor(keys.SecretKey), Terms).Decrypt(aggregate, Model(0, 0)));

        // The sum of the products is an integer that the deployed model states: 3 * 3 * value * 2^32.
        long[] message = [.. deployed.Select(value => (long)Math.Round(value * 9 * 4294967296.0))];
        double right = 0;
        aggregate.UseSegment(0, vector => right = ShareOfKey(context, keys, vector, message));

        right.Should().Be(1, "the attack of the review recovers every digit");
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(1e-4)]
    public void DeployedModel_UnderRoundKeys_TellsNothingOfTheSecretKey(double magnitude)
    {
        using HeContext context = new CkksScheme().CreateContext(CkksParameters.Aggregation);
        using KeyPair keys = context.GenerateKeyPair(SecretKeyExportPolicy.Clear);
        KeyAdditiveParameters parameters = KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(Clients, 24));
        var protocol = new RoundKeyProtocol(parameters, context.Public, Terms);
        var inner = new KeyAdditiveContext(parameters);
        using var tagKey = new TagKey(new byte[TagKey.SizeInBytes]);
        Digest jobDigest = Digest.Compute("job"u8);
        var attempt = new Attempt(jobDigest, Round: 1, Number: 1, ReferenceWeight: 3, Base: Digest.Compute("base"u8));
        var nonces = new NonceWindow();
        using var sum = new AttemptSum(protocol, attempt, new OuterKeySums(protocol.Outer!, parameters.Degree, keys.PublicKey.KeyId), new SumFolder(path: null));
        var protector = new UploadProtector(protocol, inner, tagKey, BoundPolicy.Refuse);
        var outer = new OuterKeyProtector(inner, protocol.Outer!, context.CreateEncryptor(keys.SecretKey));
        for (int i = 0; i < Clients; i++)
        {
            var bytes = new ExactBuffer(protector.LengthOf(Slot(i), outer));
            protector.Protect(attempt, Model(i, magnitude), weight: 3, Slot(i), outer, bytes);
            ProtectedUpdate upload = ProtectedUpdate.TryRead(bytes.Complete())!;
            using EncryptedModelUpdate update = new UpdateReader(protocol.Inner, Terms).Read(upload.Update);
            sum.Add(upload, update, default, nonces).Should().Be(default);
        }

        using CompletedSum completed = sum.Complete();
        VerifiableAggregate verifiable = VerifiableAggregate.TryRead(completed.ToBytes().ToMemory())!;
        var verifier = new KeySumVerifier(protocol, inner, context.CreateDecryptor(keys.SecretKey), keys.PublicKey.KeyId, VectorForm.Seeded);
        var opener = new AggregateOpener(protocol, inner, verifier, tagKey, JobId, jobDigest, epoch: 1);
        opener.TryOpen(verifiable, Model(0, 0), out AveragedModel? average).Should().BeNull();
        double[] deployed = Deploy(average!);

        // The attacker gets more than it has: the sum of the round keys itself, which the model and the sums determine. The
        // decryption is an integer again, but its error stays behind.
        using EncryptedVector keySum = protocol.Outer!.Reader.Read(verifiable.KeySum.Span, new WireLimits(parameters.Degree, verifiable.KeySum.Length));
        using RoundKeySum key = new RoundKeyProtection(inner, protocol.Outer!, VectorForm.Seeded).Decrypt(
            keySum, context.CreateDecryptor(keys.SecretKey), attempt.PublicSeed, Clients);
        var coefficients = new int[key.Length];
        key.CopyCoefficientsTo(coefficients);
        var message = new long[Degree];
        for (int i = 0; i < coefficients.Length; i++)
        {
            message[i] = coefficients[i] * (1L << 27); // a coefficient c is sent as c/32, at a scale of 2^32
        }

        ShareOfKey(context, keys, keySum, message).Should().BeLessThan(0.01, "digits are random modulo the ciphertext modulus");

        // Nor does the model take the place of the message, as in the direct mode.
        ShareOfKey(context, keys, keySum, [.. deployed.Select(value => (long)Math.Round(value * 3 * 4294967296.0))])
            .Should().BeLessThan(0.01);
    }

    /// <summary>Solves c0 + c1 s = message for s, and returns the share of digits of the secret key that it gets right.</summary>
    private static double ShareOfKey(HeContext context, KeyPair keys, EncryptedVector vector, long[] message)
    {
        ICiphertextResidues residues = context.Public.Residues!;
        var modulus = (ulong)residues.Primes[0];
        var c0 = new ulong[Degree];
        var c1 = new ulong[Degree];
        residues.CopyTo(vector, polynomial: 0, prime: 0, c0);
        residues.CopyTo(vector, polynomial: 1, prime: 0, c1);
        var difference = new ulong[Degree];
        for (int i = 0; i < Degree; i++)
        {
            difference[i] = (ulong)(((((Int128)message[i] - c0[i]) % modulus) + modulus) % modulus);
        }

        ulong[] solution = new NegacyclicTransform(Degree, modulus).Divide(difference, c1);
        var exported = new ArrayBufferWriter<byte>();
        keys.SecretKey.ExportClear(exported);
        int packed = exported.WrittenCount - (Degree / 4);
        int right = 0;
        for (int i = 0; i < Degree; i++)
        {
            int digit = ((exported.WrittenSpan[packed + (i / 4)] >> (2 * (i % 4))) & 3) - 1;
            right += solution[i] == (digit < 0 ? modulus - 1 : (ulong)digit) ? 1 : 0;
        }

        return (double)right / Degree;
    }

    private static double[] Deploy(AveragedModel average) => average.Parameters.Get<double>("w").ToArray();

    private static UploadSlot Slot(int index) => new(JobId, 1, 1, new ClientId($"c{index + 1}"));

    private static ModelParameters Model(int seed, double magnitude)
    {
        var random = new Random(seed);
        return ModelParameters.CreateBuilder(Layout)
            .Set<double>("w", [.. Enumerable.Range(0, Degree).Select(_ => magnitude * ((2 * random.NextDouble()) - 1))])
            .Build();
    }
}
