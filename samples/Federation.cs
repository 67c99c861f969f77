// Runs a whole federation within one process: keys, rounds, weights, averages. Three clients fit y = 2x + 1 together; they are too few
// for a committee (samples/Committee.cs), so all of them get the key of a scheme.
//     dotnet run samples/Federation.cs
#:project ../FedHe.Orchestration

using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Transport;

var layout = new ModelLayout(new TensorSpec("line", ElementType.Float64, [2], bound: 4));
using HeContext he = new CkksScheme().CreateContext();
using InProcessFederation federation = await InProcessFederation.CreateAsync(new InProcessFederationSetup
{
    Context = he,
    Terms = new AggregationTerms(layout, Weighting.Clear, maxWeight: 1000),
    Settings = new FederationSettings { Rounds = 20, ClientsPerRound = 3, Quorum = 3 },
    InitialModel = ModelParameters.CreateBuilder(layout).Set<double>("line", [0.0, 0.0]).Build(),
    Trainers = new Dictionary<ClientId, ILocalTrainer>
    {
        [new ClientId("north")] = new LineTrainer(from: -1, samples: 200),
        [new ClientId("south")] = new LineTrainer(from: 0, samples: 50),
        [new ClientId("west")] = new LineTrainer(from: -0.5, samples: 100),
    },
});

// Every upload has a key of its own, and every client verified each sum before it opened it.
await foreach (RoundResult round in federation.RunAsync())
{
    ReadOnlySpan<double> line = federation.Clients.First().GlobalModel.Get<double>("line");
    Console.WriteLine($"round {round.Report.Round}: y = {line[0]:F3} x + {line[1]:F3}");
}

FederationClient first = federation.Clients.First();
Console.WriteLine($"release: {first.Release}");
double[] learned = first.GlobalModel.Get<double>("line").ToArray();
return first.Release == ModelRelease.MayBePublished && Math.Abs(learned[0] - 2) < 0.01 && Math.Abs(learned[1] - 1) < 0.01 ? 0 : 1;

/// <summary>A line trainer has samples of y = 2x + 1 with x in [from, from + 1), and descends the squared error.</summary>
internal sealed class LineTrainer(double from, int samples) : ILocalTrainer
{
    public long SampleCount => samples;

    public Task<LocalTrainingResult> TrainAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        double[] line = globalModel.Get<double>("line").ToArray();
        for (int step = 0; step < 100 * samples; step++)
        {
            double x = from + ((double)(step % samples) / samples);
            double error = (line[0] * x) + line[1] - ((2 * x) + 1);
            (line[0], line[1]) = (line[0] - (0.1 * error * x), line[1] - (0.1 * error));
        }

        ModelParameters trained = ModelParameters.CreateBuilder(globalModel.Layout).Set<double>("line", line).Build();
        return Task.FromResult(new LocalTrainingResult(trained));
    }
}
