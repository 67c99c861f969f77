using FedHe.TestKit.Machines;
using Xunit.Abstractions;

namespace FedHe.Crypto.Tests.Kernels;

public sealed class InstructionSetTests(ITestOutputHelper output) : InstructionSetConformance(
    output, "FullyQualifiedName~.Kernels.|FullyQualifiedName~.Random.|FullyQualifiedName~.Encoding.|FullyQualifiedName~.LinearTags.");
