using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;

var layout = new ModelLayout(new TensorSpec("dense.weight", ElementType.Float32, [10, 784], bound: 8));
var terms = new AggregationTerms(layout, Weighting.Clear, maxWeight: 10_000);
using HeContext he = new CkksScheme().CreateContext();
using var keys = he.GenerateKeyPair();                                    // for the hospitals; the server never has them
var hospital = new UpdateEncryptor(he.CreateEncryptor(keys.SecretKey), he.Public, terms);
using var server = new UpdateAggregator(he.Public, terms);                // adds ciphertexts, and holds no key
var job = Guid.NewGuid();
foreach ((string name, float value, int samples) in new[] { ("north", 0.5f, 1200), ("south", -0.25f, 300), ("west", 1f, 500) })
{
    byte[] upload = hospital.Encrypt(Model(value), samples, new UploadSlot(job, 1, 1, new ClientId(name))).ToArray();
    server.FoldIn(new UpdateReader(he.Public, terms).Read(upload));       // the reader refuses whatever is not an update
}

using EncryptedAggregate sum = new AggregateReader(he.Public, terms).Read(server.Complete().ToArray());
AveragedModel average = new AggregateDecryptor(he.CreateDecryptor(keys.SecretKey), terms).Decrypt(sum, Model(0));
return Math.Abs(average.Parameters.Get<float>("dense.weight")[0] - 0.5125) <= average.MaxErrorBound ? 0 : 1;
ModelParameters Model(float value)
    => ModelParameters.CreateBuilder(layout).Set<float>("dense.weight", Enumerable.Repeat(value, 7840).ToArray()).Build();
