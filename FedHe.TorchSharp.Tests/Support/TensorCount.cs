using TorchSharp;

namespace FedHe.TorchSharp.Tests.Support;

/// <summary>The number of tensors that this thread created and that nobody disposed.</summary>
internal static class TensorCount
{
    public static long Living => DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    /// <summary>Fails when an action leaves more tensors than there were. It runs once before, for what is made only once.</summary>
    public static void ShouldStay(Action action)
    {
        action();
        long before = Living;
        action();
        Living.Should().Be(before, "an action must dispose what it creates");
    }
}
