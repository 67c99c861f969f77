using System.Buffers;

// What everybody agrees upon: the model, what of it is encrypted (all of it), and how clients are weighed.
var layout = new ModelLayout(
    new TensorSpec("dense.weight", ElementType.Float32, [10, 784], bound: 8),
    new TensorSpec("dense.bias", ElementType.Float32, [10], bound: 8));
var terms = new AggregationTerms(layout, EncryptionMask.All(layout), Weighting.Clear, maxWeight: 10_000);
using HeContext he = new CkksScheme().CreateContext(CkksParameters.Aggregation);

// The key authority makes the keys. Hospitals get them; the server never does.
using KeyPair keys = he.GenerateKeyPair();

// A hospital encrypts what it learned, and sends bytes.
var encryptor = new UpdateEncryptor(he.CreateEncryptor(keys.SecretKey), terms);
Guid job = Guid.NewGuid();
byte[] Upload(string hospital, ModelParameters model, int samples)
{
    using EncryptedModelUpdate update = encryptor.Encrypt(model, samples, new UpdateBinding(job, round: 1, hospital));
    return Bytes(update.WriteTo);
}

// The server adds ciphertexts. It parses hostile bytes safely and holds no key.
using var aggregator = new UpdateAggregator(he.Public, terms);
var reader = new UpdateReader(he.Public, terms);
foreach (byte[] upload in (byte[][])[Upload("north", Model(0.5f), 1200), Upload("south", Model(-0.25f), 300), Upload("west", Model(1f), 500)])
{
    using EncryptedModelUpdate update = reader.Read(upload);
    aggregator.FoldIn(update);
}

using EncryptedAggregate aggregate = aggregator.Complete();
byte[] download = Bytes(aggregate.WriteTo);

// A hospital decrypts the weighted average. Its error is bounded before anything runs.
using EncryptedAggregate received = new AggregateReader(he.Public, terms).Read(download);
AveragedModel average = new AggregateDecryptor(he.CreateDecryptor(keys.SecretKey), terms).Decrypt(received, Model(0));
float expected = ((1200 * 0.5f) + (300 * -0.25f) + (500 * 1f)) / 2000;
float difference = Math.Abs(average.Parameters.Get<float>("dense.weight")[0] - expected);
Console.WriteLine($"{average.Contributions} hospitals, {download.Length} bytes; difference {difference:E1} of {average.MaxErrorBound:E1} promised");
return difference <= average.MaxErrorBound ? 0 : 1;

ModelParameters Model(float value) => ModelParameters.CreateBuilder(layout)
    .Set<float>("dense.weight", Enumerable.Repeat(value, 7840).ToArray())
    .Set<float>("dense.bias", new float[10])
    .Build();

static byte[] Bytes(Action<IBufferWriter<byte>> write)
{
    var buffer = new ArrayBufferWriter<byte>();
    write(buffer);
    return buffer.WrittenSpan.ToArray();
}
