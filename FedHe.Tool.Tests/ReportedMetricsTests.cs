using System.Text.Json.Nodes;
using FedHe.Orchestration.Metrics;
using FedHe.Tool.Training;

namespace FedHe.Tool.Tests;

/// <summary>What a client can report of the metrics that a training program writes.</summary>
public sealed class ReportedMetricsTests
{
    [Fact]
    public void Metrics_ThatAreNumbersWithNames_AreTaken_AndTheOthersNamed()
    {
        var written = (JsonObject)JsonNode.Parse("""{ "Accuracy": 0.5, "loss": 3, "epoch losses": 1, "note": "0.5", "list": [1], "nothing": null, "huge": 1e999, "größe": 1, "accuracy": 0.7 }""")!;

        RoundMetrics metrics = ReportedMetrics.Of(written, out IReadOnlyList<string> leftOut)!;

        metrics.Values.Should().Equal(new SortedDictionary<string, double> { ["accuracy"] = 0.5, ["loss"] = 3 });
        leftOut.Should().Equal("epoch losses", "note", "list", "nothing", "huge", "größe", "accuracy");
    }

    [Fact]
    public void Metrics_BeyondSixteen_AreNamed()
    {
        var written = (JsonObject)JsonNode.Parse($"{{ {string.Join(", ", Enumerable.Range(0, 20).Select(i => $"\"m{i}\": {i}"))} }}")!;

        ReportedMetrics.Of(written, out IReadOnlyList<string> leftOut)!.Values.Should().HaveCount(16);
        leftOut.Should().Equal("m16", "m17", "m18", "m19");
        ReportedMetrics.Of(written: null, out _).Should().BeNull();
        ReportedMetrics.Of([], out _).Should().BeNull();
    }
}
