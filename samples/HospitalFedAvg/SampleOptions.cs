using FedHe.Crypto.Random;
using FedHe.Crypto.Seal.Native;
using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Job;
using HospitalFedAvg.Privacy;

namespace HospitalFedAvg;

/// <summary>The sample options are the choices made on the command line.</summary>
internal sealed record SampleOptions
{
    /// <summary>The path of the training data, or null for the embedded synthetic digits.</summary>
    public string? DataPath { get; init; }

    /// <summary>The label column of CSV data and whatever else its reader need not find out, or null for nothing.</summary>
    public TableOptions? Table { get; init; }

    /// <summary>The name of the model to train.</summary>
    public required string Model { get; init; }

    public required int Clients { get; init; }

    public required int Rounds { get; init; }

    /// <summary>The number of passes over a hospital's own data in each round.</summary>
    public required int LocalEpochs { get; init; }

    public required int BatchSize { get; init; }

    public required float LearningRate { get; init; }

    /// <summary>The weight mu of FedProx, where 0 is FedAvg.</summary>
    public required float ProximalTerm { get; init; }

    /// <summary>The concentration of the Dirichlet shares, where small values give each hospital few classes.</summary>
    public required double Alpha { get; init; }

    public required SchemeChoice Scheme { get; init; }

    /// <summary>The path of Microsoft SEAL's C library, or null to search for the library.</summary>
    public string? SealLibrary { get; init; }

    public required Weighting Weighting { get; init; }

    /// <summary>The promised precision of the average.</summary>
    public required PrecisionChoice Precision { get; init; }

    /// <summary>The policy that chooses the encrypted parameters, or null to encrypt every parameter.</summary>
    public MaskPolicy? MaskPolicy { get; init; }

    /// <summary>The probability that a selected hospital drops out of a round.</summary>
    public required double Dropout { get; init; }

    public required int Seed { get; init; }

    /// <summary>Who is to open sums.</summary>
    public required KeyManagement Keys { get; init; }

    /// <summary>The scheme as the command line names it, whose key every hospital then has, or null where it names none.</summary>
    public required string? SchemeAskedFor { get; init; }

    /// <summary>Who opens sums, and why.</summary>
    public KeyPlan KeyPlan => Keys.Settle(Clients, Protection, SchemeAskedFor);

    /// <summary>What is promised to every record, or null for nothing.</summary>
    public PrivacyOptions? Privacy { get; init; }

    /// <summary>The path of the report on privacy, or null for none.</summary>
    public string? PrivacyReport { get; init; }

    /// <summary>Whether the model is to be encrypted directly under the job's key, as in the paper.</summary>
    public required bool Direct { get; init; }

    /// <summary>
    /// What the model is encrypted under: round keys unless the options ask for something that only the direct mode has.
    /// </summary>
    public JobProtection Protection
        => !Direct
            && Scheme is (SchemeChoice.Ckks or SchemeChoice.Paillier or SchemeChoice.Seal or SchemeChoice.SealFlare)
            && Precision.FitsRoundKeys
            ? JobProtection.RoundKeys
            : JobProtection.Direct;
}
