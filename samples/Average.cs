// Averages the models of three hospitals, weighted by their samples, on a server that sees neither models nor weights.
//     dotnet run samples/Average.cs
#:project ../FedHe.MLBridge

using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Keys;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;

// What all parties agree upon: the model, who learns the weights, and how many bits of precision travel.
const int Hospitals = 3;
const int Inputs = 20_000;
var layout = new ModelLayout(
    new TensorSpec("dense.weight", ElementType.Float32, [4, Inputs], bound: 8),
    new TensorSpec("dense.bias", ElementType.Float32, [4], bound: 8));
var terms = new AggregationTerms(layout, Weighting.Hidden, maxWeight: 10_000, new TransferPrecision(bits: 24, Hospitals));
using HeContext he = new CkksScheme().CreateContext(CkksParameters.ForTotalWeight(Hospitals));
using KeyPair keys = he.GenerateKeyPair();
var job = Guid.NewGuid();

// Each hospital trains, and sends bytes.
var encryptor = new UpdateEncryptor(he.CreateEncryptor(keys.SecretKey), he.Public, terms);
byte[][] uploads = [Upload("north", 0.5f, 1200), Upload("south", -0.25f, 300), Upload("west", 1f, 500)];

// The server parses bytes that it has no reason to trust, and adds ciphertexts. It never has a key.
var reader = new UpdateReader(he.Public, terms);
using var aggregator = new UpdateAggregator(he.Public, terms);
foreach (byte[] upload in uploads)
{
    using EncryptedModelUpdate update = reader.Read(upload);
    aggregator.FoldIn(update);
}

using EncryptedAggregate aggregate = aggregator.Complete();
byte[] download = aggregate.ToArray();

// Every hospital decrypts the average. How far it can be from the exact one was known before anything ran.
using EncryptedAggregate received = new AggregateReader(he.Public, terms).Read(download);
AveragedModel average = new AggregateDecryptor(he.CreateDecryptor(keys.SecretKey), terms).Decrypt(received, Model(0));
double exact = ((1200 * 0.5) + (300 * -0.25) + (500 * 1)) / 2000;
double error = Math.Abs(average.Parameters.Get<float>("dense.weight")[0] - exact);
Console.WriteLine($"{average.Contributions} hospitals; error {error:E1} of {average.MaxErrorBound:E1} promised");
Console.WriteLine($"an upload has {uploads[0].Length} bytes, its floats {sizeof(float) * layout.ParameterCount}");
return error <= average.MaxErrorBound ? 0 : 1;

byte[] Upload(string hospital, float value, int samples)
{
    using EncryptedModelUpdate update = encryptor.Encrypt(
        Model(value), samples, new UploadSlot(job, round: 1, attempt: 1, new ClientId(hospital)));
    return update.ToArray();
}

ModelParameters Model(float value) => ModelParameters.CreateBuilder(layout)
    .Set<float>("dense.weight", Enumerable.Repeat(value, 4 * Inputs).ToArray()).Set<float>("dense.bias", new float[4]).Build();
