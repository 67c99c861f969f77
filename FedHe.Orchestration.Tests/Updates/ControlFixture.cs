using System.Reflection;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Updates;

/// <summary>Clients of SCAFFOLD with quadratic losses, and the paper's algorithm 1 with option II in plain, word for word.</summary>
internal sealed class ControlFixture
{
    public const int Values = 24;

    private readonly int _clients;
    private readonly double _globalStep;

    public ControlFixture(int clients, double globalStep = 1)
    {
        (_clients, _globalStep) = (clients, globalStep);
        X = TestModel.Flat(TestModel.Create(seed: 1));
        OfClients = [.. Enumerable.Range(0, clients).Select(_ => new double[Values])];
    }

    public static UpdateTerms Update { get; } = new(UpdateKind.Difference, controls: new ControlTerms(bound: 8));

    /// <summary>A job of five clients, which all take part in a round, and of which four are a quorum.</summary>
    public static BenchOptions Options { get; } = new()
    {
        Clients = 5,
        Quorum = 4,
        MinimumContributors = 4,
        MaxWeight = 1,
        Update = Update,
        Protection = JobProtection.RoundKeys,
    };

    /// <summary>The model of the paper's algorithm.</summary>
    public double[] X { get; private set; }

    /// <summary>The server's control variate of the paper's algorithm.</summary>
    public double[] C { get; private set; } = new double[Values];

    /// <summary>The clients' control variates of the paper's algorithm.</summary>
    public double[][] OfClients { get; }

    /// <summary>A client whose loss is half the sum of (x - target)^2, with a number of steps and a step size of its own.</summary>
    public static FakeTrainer Trainer(int index) => new(0, samples: 10 * (index + 1))
    {
        Train = (model, task) =>
        {
            float[] correction = task.Correction!.Values.ToArray();
            double[] y = TestModel.Flat(model);
            for (int k = 0; k < StepsOf(index); k++)
            {
                y = [.. y.Select((value, j) => value - (StepSizeOf(index) * (Gradient(index, value, j) + correction[j])))];
            }

            return Model(y, index);
        },
        Report = result => result with { TotalStep = StepsOf(index) * StepSizeOf(index) },
    };

    /// <summary>Makes the trainers of a bench train these clients' models.</summary>
    public static void Use(IReadOnlyList<FakeTrainer> trainers)
    {
        for (int i = 0; i < trainers.Count; i++)
        {
            FakeTrainer trainer = Trainer(i);
            (trainers[i].Train, trainers[i].Report) = (trainer.Train, trainer.Report);
        }
    }

    /// <summary>One round of the paper's algorithm.</summary>
    public void Round(params int[] sampled)
    {
        (double[] x, double[] c) = ([.. X], [.. C]);
        foreach (int i in sampled)
        {
            double[] y = [.. X];
            for (int k = 0; k < StepsOf(i); k++)
            {
                y = [.. y.Select((value, j) => value - (StepSizeOf(i) * (Gradient(i, value, j) - OfClients[i][j] + C[j])))];
            }

            for (int j = 0; j < Values; j++)
            {
                double plus = OfClients[i][j] - C[j] + ((X[j] - y[j]) / (StepsOf(i) * StepSizeOf(i)));
                x[j] += _globalStep / sampled.Length * (y[j] - X[j]);
                c[j] += (plus - OfClients[i][j]) / _clients;
                OfClients[i][j] = plus;
            }
        }

        (X, C) = (x, c);
    }

    /// <summary>Compares clients with the paper's algorithm, and the mean of their control variates with what they take for it.</summary>
    /// <param name="clients">All clients of the job, in their order.</param>
    /// <param name="round">The round, over which errors add up.</param>
    public void ShouldBe(IReadOnlyList<FederationClient> clients, int round)
    {
        // What is kept is in single precision, and each sum has the error of its encryption, of values and of controls.
        double tolerance = 1e-6 + (round * clients[0].Plan.LargestErrorBound * 4);
        tolerance.Should().BeLessThan(1e-4);
        for (int i = 0; i < clients.Count; i++)
        {
            ControlKeeper keeper = KeeperOf(clients[i]);
            ShouldBe(TestModel.Flat(clients[i].GlobalModel), X, tolerance, $"model of client {i}");
            ShouldBe(Widen(keeper.Mean), C, tolerance, $"mean of client {i}");
            ShouldBe(Widen(keeper.Own), OfClients[i], tolerance, $"control variate of client {i}");
        }

        ShouldBeTheMean(clients, round);
    }

    /// <summary>Compares what a client takes for the mean with the mean of the control variates of all clients, whatever they have trained.</summary>
    public static void ShouldBeTheMean(IReadOnlyList<FederationClient> clients, int round)
    {
        double tolerance = 1e-6 + (round * clients[0].Plan.LargestErrorBound);
        double[] mean = [.. Enumerable.Range(0, Values).Select(j => clients.Average(client => (double)KeeperOf(client).Own.Values[j]))];
        ShouldBe(Widen(KeeperOf(clients[0]).Mean), mean, tolerance, "mean of all control variates");
        clients.Should().AllSatisfy(client => KeeperOf(client).Mean.Values.ToArray().Should().Equal(KeeperOf(clients[0]).Mean.Values.ToArray(), "bit for bit"));
    }

    public static ControlKeeper KeeperOf(FederationClient client) => StateOf(client).Controls!;

    public static ClientState StateOf(FederationClient client)
        => (ClientState)typeof(FederationClient).GetField("_state", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(client)!;

    public static Dictionary<ClientId, ILocalTrainer> Trainers(int count)
        => Enumerable.Range(0, count).ToDictionary(i => new ClientId($"hospital-{i}"), ILocalTrainer (i) => Trainer(i));

    public static double[] Widen(ControlVariate control) => [.. control.Values.ToArray().Select(value => (double)value)];

    private static int StepsOf(int index) => 4 + (2 * index);

    private static double StepSizeOf(int index) => 0.1 / (1 + index);

    private static double Gradient(int index, double value, int j) => (0.5 + (0.1 * ((index + j) % 5))) * (value - Math.Sin((5 * index) + j));

    private static ModelParameters Model(double[] values, int steps) => ModelParameters.CreateBuilder(TestModel.Layout)
        .Set<double>("hidden.weight", values.AsSpan(0, 20))
        .Set<double>("output.bias", values.AsSpan(20))
        .Set<long>("steps", [steps])
        .Build();

    private static void ShouldBe(double[] actual, double[] expected, double tolerance, string what)
    {
        for (int j = 0; j < expected.Length; j++)
        {
            actual[j].Should().BeApproximately(expected[j], tolerance, $"{what}, value {j}");
        }
    }
}
