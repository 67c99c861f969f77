// Runs a federation in which nobody has a key that opens an upload: the five clients are a committee that opens each sum. That is what a
// federation of four clients or more does unless it is given the key of a scheme (samples/Federation.cs).
//     dotnet run samples/Committee.cs
#:project ../FedHe.Orchestration

using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Transport;

var layout = new ModelLayout(new TensorSpec("mean", ElementType.Float64, [1], bound: 100));
string[] names = ["east", "middle", "north", "south", "west"];
using InProcessFederation federation = await InProcessFederation.CreateAsync(new InProcessFederationSetup
{
    Terms = new AggregationTerms(layout, Weighting.Clear, maxWeight: 1000),
    Settings = new FederationSettings { Rounds = 2, ClientsPerRound = 5, Quorum = 4 },
    InitialModel = ModelParameters.CreateBuilder(layout).Set<double>("mean", [0.0]).Build(),
    Trainers = names.Index().ToDictionary(
        entry => new ClientId(entry.Item), entry => (ILocalTrainer)new MeanTrainer(mean: 10 * entry.Index)),
});

Console.WriteLine(federation.Keys!.Reason);
CommitteeTerms committee = federation.Job.Committee!;
Console.WriteLine($"{committee.Threshold} of {committee.Members.Length} members open a sum; {committee.Corrupt} may be silent, or lie");
await foreach (RoundResult round in federation.RunAsync())
{
    Console.WriteLine($"round {round.Report.Round}: {round.Report.Contributions.Length} clients, mean {federation.Clients.First().GlobalModel.Get<double>("mean")[0]:F3}");
}

FederationClient first = federation.Clients.First();
return first.Release == ModelRelease.MayBePublished && Math.Abs(first.GlobalModel.Get<double>("mean")[0] - 20) < 0.001 ? 0 : 1;

/// <summary>A mean trainer knows the mean of its own ten samples.</summary>
internal sealed class MeanTrainer(double mean) : ILocalTrainer
{
    public long SampleCount => 10;

    public Task<LocalTrainingResult> TrainAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
        => Task.FromResult(new LocalTrainingResult(ModelParameters.CreateBuilder(globalModel.Layout).Set<double>("mean", [mean]).Build()));
}
