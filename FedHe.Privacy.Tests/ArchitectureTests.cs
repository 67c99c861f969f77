using System.Reflection;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Kernels;
using FedHe.TestKit.Architecture;

namespace FedHe.Privacy.Tests;

/// <summary>The rules of docs/architecture.md for the leaf of differential privacy.</summary>
public sealed class ArchitectureTests() : ArchitectureConformance(Privacy)
{
    private static readonly Assembly Privacy = typeof(PrivacyBudget).Assembly;

    [Fact]
    public void Privacy_References_OnlyTheSchemes()
        => FedHeAssemblies.ReferencedBy(Privacy).Should().BeEquivalentTo("FedHe.Crypto");

    [Fact]
    public void Privacy_References_NoLibraryButTheOneForTransforms()
        => Privacy.GetReferencedAssemblies().Select(name => name.Name)
            .Where(name => !name!.StartsWith("System.", StringComparison.Ordinal) && !name.StartsWith("FedHe.", StringComparison.Ordinal))
            .Should().BeEquivalentTo("MathNet.Numerics");

    [Fact]
    public void Samplers_WhateverTheirLength_NeverRunTheSpecificationThatBranchesOnNoise()
        => References.Where(use => use.Target == typeof(ThresholdSpecification) && use.Source != typeof(ThresholdSpecification)).Should().BeEmpty();

    [Fact]
    public void SamplingAndRounding_UseNoGeneratorButTheHedgedOne()
        => References.Where(use => use.Target == typeof(System.Security.Cryptography.RandomNumberGenerator)).Should().BeEmpty();
}
