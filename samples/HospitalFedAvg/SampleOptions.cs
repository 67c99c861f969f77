using FedHe.Crypto.Random;
using FedHe.Crypto.Seal.Native;
using FedHe.Learning.Models;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Updates;

namespace HospitalFedAvg;

/// <summary>What the command line asked for.</summary>
internal sealed record SampleOptions
{
    /// <summary>Data to train on, or null for the embedded synthetic digits.</summary>
    public string? DataPath { get; init; }

    /// <summary>Label column of CSV data; the last one when null.</summary>
    public string? Label { get; init; }

    /// <summary>Name of the model.</summary>
    public required string Model { get; init; }

    public required int Clients { get; init; }

    public required int Rounds { get; init; }

    /// <summary>Passes over a hospital's own data in each round.</summary>
    public required int LocalEpochs { get; init; }

    public required int BatchSize { get; init; }

    public required float LearningRate { get; init; }

    /// <summary>Weight mu of FedProx; 0 is FedAvg.</summary>
    public required float ProximalTerm { get; init; }

    /// <summary>Concentration of the Dirichlet shares: small values give each hospital few classes.</summary>
    public required double Alpha { get; init; }

    public required SchemeChoice Scheme { get; init; }

    /// <summary>Path of Microsoft SEAL's C library, or null to search for it.</summary>
    public string? SealLibrary { get; init; }

    public required Weighting Weighting { get; init; }

    /// <summary>What is promised of the average.</summary>
    public required PrecisionChoice Precision { get; init; }

    /// <summary>What is encrypted, or null for every parameter.</summary>
    public MaskPolicy? MaskPolicy { get; init; }

    /// <summary>Probability that a selected hospital drops out of a round.</summary>
    public required double Dropout { get; init; }

    public required int Seed { get; init; }
}
