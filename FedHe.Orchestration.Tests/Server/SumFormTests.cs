using System.Buffers;
using FedHe.MLBridge.Optimizers;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Squeezing;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Adapters;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Privacy;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Updates;

namespace FedHe.Orchestration.Tests.Server;

/// <summary>Sums in files under every form of updates: a server with files sends the aggregates that a server with sums in memory makes of the same messages, bit for bit.</summary>
public sealed class SumFormTests : IDisposable
{
    private readonly SumFiles _sums = new();

    public void Dispose() => _sums.Dispose();

    [Theory]
    [InlineData("models")]
    [InlineData("models", JobProtection.Direct)]
    [InlineData("differences")]
    [InlineData("differences", JobProtection.Direct)]
    [InlineData("hidden weights")]
    [InlineData("hidden weights", JobProtection.Direct)]
    [InlineData("values in clear")]
    [InlineData("values in clear", JobProtection.Direct)]
    [InlineData("halves of adapters")]
    [InlineData("halves of adapters", JobProtection.Direct)]
    [InlineData("halves of adapters in clear")]
    [InlineData("halves of adapters in clear", JobProtection.Direct)]
    [InlineData("squeeze")]
    [InlineData("squeeze", JobProtection.Direct)]
    [InlineData("controls")]
    [InlineData("optimizer")]
    [InlineData("optimizer", JobProtection.Direct)]
    [InlineData("integers")]
    [InlineData("privacy")]
    [InlineData("adaptive clip")]
    [InlineData("gradients")]
    [InlineData("correlated noise")]
    [InlineData("local training")]
    [InlineData("local training", JobProtection.Direct)]
    [InlineData("noised counts")]
    public async Task Federation_OfAnyUpdates_HasTheSumsOfAServerInMemory(string form, JobProtection protection = JobProtection.RoundKeys)
    {
        BenchOptions options = OptionsOf(form);
        using TestBench bench = await TestBench.CreateAsync(options with { Protection = protection, Rounds = 3, SumFolder = _sums.Next() });
        UseTrainers(form, bench);
        using var inMemory = new FederationServer(bench.ServerSetup with { SumFolder = null });
        var toClients = new Queue<OutgoingMessage>();
        foreach (FederationClient client in bench.Clients)
        {
            if (options.Protector is not null)
            {
                client.SaveState(new ArrayBufferWriter<byte>());
            }

            ReadOnlyMemory<byte> announcement = client.Announce();
            bench.Server.Receive(announcement).ToList().ForEach(toClients.Enqueue);
            inMemory.Receive(announcement);
        }

        inMemory.StartUp();
        bench.Server.StartUp().ToList().ForEach(toClients.Enqueue);
        var expected = new Dictionary<int, byte[]>();
        int compared = 0;
        while (toClients.TryDequeue(out OutgoingMessage message))
        {
            foreach (ReadOnlyMemory<byte> answer in await bench.ClientOf(message).ReceiveAsync(message.Bytes))
            {
                if (bench.Parse(answer) is Upload or Confirmation)
                {
                    // Other messages have a proof that there is another server.
                    ServerStep step = inMemory.Handle(answer);
                    step.Refusal.Should().Be(RefusalReason.None);
                    Aggregates(step.Messages).ToList().ForEach(one => expected[RoundOf(one)] = TestBench.Unsigned(one.Bytes));
                }

                IReadOnlyList<OutgoingMessage> sent = bench.Server.Receive(answer);
                foreach (OutgoingMessage one in Aggregates(sent))
                {
                    one.IsInFile.Should().BeTrue();
                    TestBench.Unsigned(one.Bytes).Should().Equal(expected[RoundOf(one)]);
                    compared++;
                }

                // What is sent outlives the server, which ends behind every message.
                sent.Select(one => new OutgoingMessage(one.Recipient, one.Kind, one.Bytes)).ToList().ForEach(toClients.Enqueue);
                byte[] state = bench.SaveState();
                bench.Server.Dispose();
                bench.Server = bench.Restore(state);
                bench.Server.Advance();
            }
        }

        expected.Keys.Should().Equal(1, 2, 3);
        compared.Should().BeGreaterThanOrEqualTo(3 * bench.Clients.Count);
        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.Clients.Should().OnlyContain(client => client.ModelRound == 3);
    }

    private static IEnumerable<OutgoingMessage> Aggregates(IReadOnlyList<OutgoingMessage> messages) => messages.Where(message => message.Kind == MessageKind.Aggregate);

    private static int RoundOf(OutgoingMessage message) => message.ReadInfo()!.Round;

    private static BenchOptions OptionsOf(string form) => form switch
    {
        "models" => new BenchOptions(),
        "differences" => new BenchOptions { Update = new UpdateTerms(UpdateKind.Difference) },
        "hidden weights" => new BenchOptions { Weighting = Weighting.Hidden },
        "values in clear" => new BenchOptions { Mask = EncryptionMask.Layers(TestModel.Layout, "output") },
        "halves of adapters" => AdapterFederationTests.OptionsOf(JobProtection.RoundKeys, AdapterMode.Alternating, isPartlyClear: false),
        "halves of adapters in clear" => AdapterFederationTests.OptionsOf(JobProtection.RoundKeys, AdapterMode.Alternating, isPartlyClear: true),
        "squeeze" => new BenchOptions { Update = new UpdateTerms(UpdateKind.Difference, squeeze: new SparsificationTerms(8, 3, warmUpRounds: 1)) },
        "controls" => ControlFixture.Options,
        "optimizer" => new BenchOptions { Update = new UpdateTerms(UpdateKind.Difference, optimizer: ServerOptimizer.Adam(0.1)) },
        "integers" => new BenchOptions { MaxWeight = 1, Update = new UpdateTerms(UpdateKind.Difference, PrivacyTermsTests.Integers) },
        "privacy" => PrivacyTermsTests.Options(new FakePrivacy()),
        "adaptive clip" => PrivacyTermsTests.Options(new FakePrivacy(), PrivacyTermsTests.Terms() with { AdaptiveClip = AdaptiveClipTermsTests.Adaptive }),
        "gradients" => RecordTermsTests.Options(RecordTermsTests.Gradients()),
        "correlated noise" => CorrelationTermsTests.Options(CorrelationTermsTests.Gradients()),
        "local training" => RecordTermsTests.Options(RecordTermsTests.Training()),
        _ => NoisedCountTests.Options() with { Protector = new FastProtector() },
    };

    private static void UseTrainers(string form, TestBench bench)
    {
        if (form.StartsWith("halves", StringComparison.Ordinal))
        {
            AdapterModel.Use(bench.Trainers);
        }

        if (form == "controls")
        {
            ControlFixture.Use(bench.Trainers);
        }
    }
}
