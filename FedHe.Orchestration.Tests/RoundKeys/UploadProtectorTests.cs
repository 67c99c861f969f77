using FedHe.Crypto;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Tests.RoundKeys;

public sealed class UploadProtectorTests : IDisposable
{
    // More than two segments of 64 ciphertexts, and rests of both kinds.
    private const int Length = (2 * 64 * 2048) + 4099;

    private static readonly ModelLayout Layout = new(
        new TensorSpec("first", ElementType.Float32, [(64 * 2048) - 2000], 1),
        new TensorSpec("last", ElementType.Float32, [Length - ((64 * 2048) - 2000)], 1));

    private static readonly UploadSlot Slot = new(Guid.Parse("5a3fd6ba-7d4c-4f7f-8f51-0a9de2a5d1b7"), 1, 1, new ClientId("north"));
    private static readonly Attempt Attempt = new(Digest.Compute("job"u8), Round: 1, Number: 1, ReferenceWeight: 3, Digest.Compute("base"u8));

    private readonly HeContext _context = new CkksScheme().CreateContext(CkksParameters.Aggregation);
    private readonly KeyPair _keys;
    private readonly TagKey _tagKey = new(new byte[TagKey.SizeInBytes]);

    public UploadProtectorTests() => _keys = _context.GenerateKeyPair();

    public static TheoryData<string> Masks { get; } = ["all", "half", "none"];

    public void Dispose()
    {
        _tagKey.Dispose();
        _keys.Dispose();
        _context.Dispose();
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void Upload_HasTheAnnouncedLength(string mask)
    {
        UploadProtector protector = Protector(MaskOf(mask), new ContextRecorder(_context.CreateEncryptor(_keys.SecretKey)), out _, out OuterKeyProtector keys);
        var bytes = new ExactBuffer(protector.LengthOf(Slot, keys));

        protector.Protect(Attempt, Model(0), weight: 3, Slot, keys, bytes);

        bytes.Invoking(buffer => buffer.Complete()).Should().NotThrow();
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void KeyProtection_TakesTagsOfTheWholeBody(string mask)
    {
        // Guard: with nothing fresh at all, two uploads would share a seed if the seed did not depend on the body.
        var outer = new ContextRecorder(_context.CreateEncryptor(_keys.SecretKey));
        UploadProtector protector = Protector(MaskOf(mask), outer, out RoundKeyProtocol protocol, out OuterKeyProtector keys);

        Protect(protector, keys, Model(0));
        Protect(protector, keys, Model(0));

        int body = protocol.FirstSegmentTag + protocol.Lengths.SegmentCount;
        outer.Contexts.Should().HaveCount(2).And.AllSatisfy(context => context.Should().HaveCount(body * LinearTag.SizeInBytes));
        for (int i = protocol.FirstSegmentTag; i < body; i++)
        {
            Range tag = (i * LinearTag.SizeInBytes)..((i + 1) * LinearTag.SizeInBytes);
            outer.Contexts[0][tag].Should().NotEqual(outer.Contexts[1][tag], "segment {0} was encrypted under another key", i);
        }
    }

    [Fact]
    public void Model_IsHashedForItsKeyBeforeItIsSurveyed()
    {
        // Guard: the key must depend on every value, so that every value is read once more than encryption reads it.
        UploadProtector protector = Protector(MaskOf("all"), _context.CreateEncryptor(_keys.SecretKey), out RoundKeyProtocol protocol, out OuterKeyProtector keys);
        var hashed = new CountingModel(Model(0));
        var encrypted = new CountingModel(Model(0));
        Protect(protector, keys, hashed);
        var inner = new KeyAdditiveContext(protocol.Parameters);
        using FedHe.Crypto.KeyAdditive.Keys.RoundKey key = inner.GenerateRoundKey(Attempt.PublicSeed);
        new UpdateEncryptor(inner.CreateEncryptor(key), protocol.Inner, protocol.Terms, BoundPolicy.Refuse, Attempt.ReferenceWeight)
            .Write(encrypted, weight: 3, Slot, Stream.Null);

        hashed.Reads.Should().BeGreaterThanOrEqualTo(encrypted.Reads + Length);
    }

    private static ModelParameters Model(int seed)
    {
        var random = new Random(seed);
        ModelParametersBuilder builder = ModelParameters.CreateBuilder(Layout);
        foreach (TensorSpec tensor in Layout.Tensors)
        {
            builder.Set<float>(
                tensor.Name, [.. Enumerable.Range(0, (int)tensor.ElementCount).Select(_ => (float)((2 * random.NextDouble()) - 1))]);
        }

        return builder.Build();
    }

    private static EncryptionMask MaskOf(string name) => name switch
    {
        "all" => EncryptionMask.All(Layout),
        "none" => EncryptionMask.InsecureNone(Layout),
        _ => EncryptionMask.Layers(Layout, "last"),
    };

    private static byte[] Protect(UploadProtector protector, OuterKeyProtector keys, IFlatModel model)
    {
        var bytes = new ExactBuffer(protector.LengthOf(Slot, keys));
        protector.Protect(Attempt, model, weight: 3, Slot, keys, bytes);
        return bytes.Complete();
    }

    private UploadProtector Protector(EncryptionMask mask, IEncryptor outer, out RoundKeyProtocol protocol, out OuterKeyProtector keys)
    {
        KeyAdditiveParameters parameters = KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(3, 24));
        protocol = new RoundKeyProtocol(parameters, _context.Public, new AggregationTerms(Layout, mask, Weighting.Clear, maxWeight: 10));
        var inner = new KeyAdditiveContext(parameters);
        keys = new OuterKeyProtector(inner, protocol.Outer!, outer);
        return new UploadProtector(protocol, inner, _tagKey, BoundPolicy.Refuse);
    }

    private sealed class ContextRecorder(IEncryptor inner) : IEncryptor
    {
        public HeParameters Parameters => inner.Parameters;

        public KeyId KeyId => inner.KeyId;

        public VectorForm Form => inner.Form;

        public List<byte[]> Contexts { get; } = [];

        public VectorBound FreshBound(double maxAbs) => inner.FreshBound(maxAbs);

        public EncryptedVector Encrypt(ReadOnlySpan<float> values, double maxAbs) => inner.Encrypt(values, maxAbs);

        public EncryptedVector Encrypt(ReadOnlySpan<double> values, double maxAbs) => inner.Encrypt(values, maxAbs);

        public EncryptedVector Encrypt(ReadOnlySpan<double> values, double maxAbs, ReadOnlySpan<byte> publicContext)
        {
            Contexts.Add(publicContext.ToArray());
            return inner.Encrypt(values, maxAbs, publicContext);
        }
    }

    private sealed class CountingModel(ModelParameters model) : IFlatModel
    {
        public ModelLayout Layout => model.Layout;

        public long Reads { get; private set; }

        public void CopyFlatTo(long start, Span<double> destination)
        {
            Reads += destination.Length;
            model.CopyFlatTo(start, destination);
        }
    }
}
