// Whole federations within one process. Prints what the parties log of their kernels, and the digest of a model of exact integers,
// which must be the same however the program is compiled. The exit code says whether every average was within its bound.
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Transport;
using Microsoft.Extensions.DependencyInjection;
using NativeAot;

const long LargestWeight = 200;
Dictionary<ClientId, WaveTrainer> trainers = new()
{
    [new ClientId("north")] = new WaveTrainer(phase: 1, samples: LargestWeight),
    [new ClientId("south")] = new WaveTrainer(phase: 2, samples: 50),
    [new ClientId("west")] = new WaveTrainer(phase: 3, samples: 100),
};
var layout = new ModelLayout(
    new TensorSpec("dense", ElementType.Float32, [20, 500], bound: 4), new TensorSpec("bias", ElementType.Float64, [20], bound: 4));

// Round keys, and a context without a container.
using HeContext ckks = new CkksScheme().CreateContext();
bool isRight = await RunAsync(ckks, new AggregationTerms(layout, Weighting.Clear, LargestWeight), JobProtection.RoundKeys) is not null;

// Exact integers in the direct mode, from a container.
ServiceCollection services = new();
services.AddFederation().UseExactCkks(precisionBits: 16, largestTotalWeight: trainers.Count * LargestWeight);
using ServiceProvider provider = services.BuildServiceProvider();
HeContext exact = provider.GetRequiredService<HeContext>();
ModelParameters? model = await RunAsync(
    exact, new AggregationTerms(layout, Weighting.Clear, LargestWeight), JobProtection.Direct);
if (!isRight || model is null)
{
    return 1;
}

byte[] values = [.. MemoryMarshal.AsBytes(model.Get<float>("dense")), .. MemoryMarshal.AsBytes(model.Get<double>("bias"))];
Console.WriteLine($"model: {Convert.ToHexStringLower(SHA256.HashData(values))}");
return 0;

// Returns the last model, or null where an average was not within its bound.
async Task<ModelParameters?> RunAsync(HeContext context, AggregationTerms terms, JobProtection protection)
{
    using var events = new KernelEvents();
    ModelParameters model = ModelParameters.CreateBuilder(layout)
        .Set<float>("dense", new float[20 * 500]).Set<double>("bias", new double[20]).Build();
    using InProcessFederation federation = await InProcessFederation.CreateAsync(new InProcessFederationSetup
    {
        Context = context,
        Terms = terms,
        Settings = new FederationSettings { Rounds = 3, ClientsPerRound = 3, Quorum = 3 },
        InitialModel = model,
        Trainers = trainers.ToDictionary(entry => entry.Key, entry => (ILocalTrainer)entry.Value),
        Protection = protection,
        LoggerFactory = events,
    });
    await foreach (RoundResult round in federation.RunAsync())
    {
        FederationClient client = federation.Clients.First();
        double total = trainers.Values.Sum(trainer => trainer.SampleCount);
        double expected = trainers.Values.Sum(trainer => trainer.Train(model).Get<float>("dense")[17] * trainer.SampleCount) / total;
        model = client.GlobalModel;
        if (!round.Report.IsAggregated || Math.Abs(model.Get<float>("dense")[17] - expected) > client.LatestAverage!.MaxErrorBound)
        {
            Console.WriteLine($"round {round.Report.Round}: {model.Get<float>("dense")[17]} instead of {expected}");
            return null;
        }
    }

    return model;
}
