using FedHe.TestKit.Machines;
using Xunit.Abstractions;

namespace FedHe.MLBridge.Tests.Kernels;

public sealed class InstructionSetTests(ITestOutputHelper output) : InstructionSetConformance(
    output, "FullyQualifiedName~.Kernels.|FullyQualifiedName~.Layout.");
