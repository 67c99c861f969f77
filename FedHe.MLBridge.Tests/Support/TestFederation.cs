using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Support;

/// <summary>All parties of one aggregation, with every object passing through its bytes.</summary>
internal sealed class TestFederation : IDisposable
{
    public static readonly Guid JobId = new("6f1cf1a1-7b2c-4f0e-9c65-0d9f3f2f9a01");

    private readonly KeyPair _keys;

    public TestFederation(SchemeCase scheme, AggregationTerms terms)
    {
        Terms = terms;
        Context = scheme.CreateContext();
        _keys = Context.GenerateKeyPair();
        Encryptor = new UpdateEncryptor(
            Context.CreateEncryptor(scheme.Form == VectorForm.Seeded ? _keys.SecretKey : _keys.PublicKey),
            Context.Public,
            terms);
        Decryptor = new AggregateDecryptor(CreateDecryptor(), terms);
        UpdateReader = new UpdateReader(Context.Public, terms);
        AggregateReader = new AggregateReader(Context.Public, terms);
    }

    public AggregationTerms Terms { get; }

    public HeContext Context { get; }

    public UpdateEncryptor Encryptor { get; }

    public AggregateDecryptor Decryptor { get; }

    public UpdateReader UpdateReader { get; }

    public AggregateReader AggregateReader { get; }

    public static UploadSlot Slot(int client, int round = 3) => new(JobId, round, attempt: 1, new ClientId($"client-{client}"));

    public static byte[] Bytes(Action<IBufferWriter<byte>> writeTo)
    {
        var buffer = new ArrayBufferWriter<byte>();
        writeTo(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>An update of client 1 and weight 1 that consists of the given vectors, with nothing in clear.</summary>
    public static byte[] BytesOf(AggregationTerms terms, params EncryptedVector[] vectors)
    {
        var segments = new HeldSegments(vectors);
        var receipt = EncryptionReceipt.For(terms, vectors[0].Parameters, segments.KeyId, segments.EncodedLength);
        var head = new UpdateHead(terms.Digest, Slot(1), receipt, Weight: 1);
        return Bytes(new EncryptedModelUpdate(head, ClearIntegers.OfUpdate(default), segments).WriteTo);
    }

    public UpdateAggregator CreateAggregator() => new(Context.Public, Terms);

    /// <summary>A client's upload, written as it grows.</summary>
    public byte[] StreamedUpload(IFlatModel model, long weight, int client)
    {
        using var stream = new MemoryStream();
        Encryptor.Write(model, weight, Slot(client), stream);
        return stream.ToArray();
    }

    /// <summary>A client's upload.</summary>
    public byte[] Upload(ModelParameters model, long weight, int client)
    {
        using EncryptedModelUpdate update = Encryptor.Encrypt(model, weight, Slot(client));
        byte[] bytes = Bytes(update.WriteTo);
        update.EncodedLength.Should().Be(bytes.Length);
        return bytes;
    }

    public void FoldIn(UpdateAggregator aggregator, byte[] upload)
    {
        using EncryptedModelUpdate update = UpdateReader.Read(upload);
        aggregator.FoldIn(update);
    }

    /// <summary>The server's download.</summary>
    public byte[] Aggregate(params IEnumerable<byte[]> uploads)
    {
        using UpdateAggregator aggregator = CreateAggregator();
        foreach (byte[] upload in uploads)
        {
            FoldIn(aggregator, upload);
        }

        return Complete(aggregator);
    }

    public static byte[] Complete(UpdateAggregator aggregator)
    {
        using EncryptedAggregate aggregate = aggregator.Complete();
        byte[] bytes = Bytes(aggregate.WriteTo);
        aggregate.EncodedLength.Should().Be(bytes.Length);
        return bytes;
    }

    public AveragedModel Download(byte[] aggregateBytes, ModelParameters template)
    {
        using EncryptedAggregate aggregate = AggregateReader.Read(aggregateBytes);
        return Decryptor.Decrypt(aggregate, template);
    }

    public IDecryptor CreateDecryptor() => Context.CreateDecryptor(_keys.SecretKey);

    public void Dispose()
    {
        _keys.Dispose();
        Context.Dispose();
    }
}
