using System.Text.Json.Serialization;
using FedHe.Benchmarks.Starts;

namespace FedHe.Benchmarks.Rounds;

/// <summary>The JSON of measured rounds and starts is made without reflection, which programs of Native AOT do without.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ColdResult))]
[JsonSerializable(typeof(RoundResult))]
[JsonSerializable(typeof(RoundResult[]))]
[JsonSerializable(typeof(ThresholdResult))]
[JsonSerializable(typeof(StartResult))]
internal sealed partial class RoundJson : JsonSerializerContext;
