using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: TestFramework("FedHe.Crypto.Seal.Tests.Discovery.SealTestFramework", "FedHe.Crypto.Seal.Tests")]

namespace FedHe.Crypto.Seal.Tests.Discovery;

/// <summary>xunit, but for what <see cref="NeedsSealAttribute"/> does to inherited tests as well.</summary>
public sealed class SealTestFramework(IMessageSink messageSink) : XunitTestFramework(messageSink)
{
    protected override ITestFrameworkDiscoverer CreateDiscoverer(IAssemblyInfo assemblyInfo)
        => new Discoverer(assemblyInfo, SourceInformationProvider, DiagnosticMessageSink);

    protected override ITestFrameworkExecutor CreateExecutor(AssemblyName assemblyName)
        => new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Executor(AssemblyName assemblyName, ISourceInformationProvider sources, IMessageSink messages)
        : XunitTestFrameworkExecutor(assemblyName, sources, messages)
    {
        protected override ITestFrameworkDiscoverer CreateDiscoverer()
            => new Discoverer(AssemblyInfo, SourceInformationProvider, DiagnosticMessageSink);
    }

    private sealed class Discoverer(IAssemblyInfo assembly, ISourceInformationProvider sources, IMessageSink messages)
        : XunitTestFrameworkDiscoverer(assembly, sources, messages)
    {
        protected override bool FindTestsForMethod(
            ITestMethod testMethod,
            bool includeSourceInformation,
            IMessageBus messageBus,
            ITestFrameworkDiscoveryOptions discoveryOptions)
        {
            bool isTest = testMethod.Method.GetCustomAttributes(typeof(FactAttribute)).Any();
            bool needsSeal = testMethod.TestClass.Class.GetCustomAttributes(typeof(NeedsSealAttribute)).Any();
            if (!isTest || !needsSeal || SealInstallation.WhyNot is not string reason)
            {
                return base.FindTestsForMethod(testMethod, includeSourceInformation, messageBus, discoveryOptions);
            }

            var skipped = new XunitSkippedDataRowTestCase(
                DiagnosticMessageSink,
                TestMethodDisplay.ClassAndMethod,
                TestMethodDisplayOptions.None,
                testMethod,
                reason);
            return ReportDiscoveredTestCase(skipped, includeSourceInformation, messageBus);
        }
    }
}
