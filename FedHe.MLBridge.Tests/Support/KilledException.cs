namespace FedHe.MLBridge.Tests.Support;

/// <summary>The end of a process, as a test sees it.</summary>
internal sealed class KilledException : Exception;
