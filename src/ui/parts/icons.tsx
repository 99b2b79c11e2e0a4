/** The page's few icons as inline SVG, drawn in the text's colour. Decorative: the name is always beside them or in a label. */
import type { ReactNode } from 'react';

interface Size {
  size?: number;
}

function Svg({ size = 16, children }: Size & { children: ReactNode }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const CheckIcon = (p: Size) => (
  <Svg {...p}>
    <path d="M3.5 8.5l3 3 6-7" />
  </Svg>
);
export const SunIcon = (p: Size) => (
  <Svg {...p}>
    <circle cx="8" cy="8" r="3" />
    <path d="M8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9" />
  </Svg>
);
export const MoonIcon = (p: Size) => (
  <Svg {...p}>
    <path d="M13 9.5A5.5 5.5 0 016.5 3a5.5 5.5 0 106.5 6.5z" />
  </Svg>
);
export const AutoIcon = (p: Size) => (
  <Svg {...p}>
    <circle cx="8" cy="8" r="5.5" />
    <path d="M8 2.5v11a5.5 5.5 0 000-11z" fill="currentColor" />
  </Svg>
);
export const HelpIcon = (p: Size) => (
  <Svg {...p}>
    <circle cx="8" cy="8" r="6.2" />
    <path d="M6.2 6.3a1.8 1.8 0 113 1.4c-.7.5-1.2.8-1.2 1.6M8 11.4v.1" />
  </Svg>
);
export const PauseIcon = (p: Size) => (
  <Svg {...p}>
    <path d="M5.5 3.5v9M10.5 3.5v9" />
  </Svg>
);
export const PlayIcon = (p: Size) => (
  <Svg {...p}>
    <path d="M5 3.2v9.6l7.5-4.8z" />
  </Svg>
);
export const StopIcon = (p: Size) => (
  <Svg {...p}>
    <rect x="4" y="4" width="8" height="8" rx="1" />
  </Svg>
);
export const CopyIcon = (p: Size) => (
  <Svg {...p}>
    <rect x="5.5" y="5.5" width="8" height="8" rx="1.2" />
    <path d="M3.6 10.5H3a1 1 0 01-1-1V3a1 1 0 011-1h6.500a1 1 0 011 1v.6" />
  </Svg>
);
export const DownIcon = (p: Size) => (
  <Svg {...p}>
    <path d="M4 6.500l4 4 4-4" />
  </Svg>
);
export const FolderIcon = (p: Size) => (
  <Svg {...p}>
    <path d="M2 4.500V12a1 1 0 001 1h10a1 1 0 001-1V5.500a1 1 0 00-1-1H8L6.5 3H3a1 1 0 00-1 1z" />
  </Svg>
);
export const WarnIcon = (p: Size) => (
  <Svg {...p}>
    <path d="M8 2.300L14.3 13.300H1.700zM8 6.500v3M8 11.500v.1" />
  </Svg>
);
export const DownloadIcon = (p: Size) => (
  <Svg {...p}>
    <path d="M8 2.500v8M4.5 7.500L8 11l3.5-3.500M2.5 13.500h11" />
  </Svg>
);
export const MoreIcon = (p: Size) => (
  <Svg {...p}>
    <path d="M3.500 8h.01M8 8h.01M12.500 8h.01" strokeWidth="2.500" />
  </Svg>
);
export const EnlargeIcon = (p: Size) => (
  <Svg {...p}>
    <path d="M9.500 2.500h4v4M13.500 2.500L9.500 6.500M6.500 13.500h-4v-4M2.500 13.500L6.500 9.500" />
  </Svg>
);
